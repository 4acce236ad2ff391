import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY } from '../../support/server.ts'
import { multipartOf, nupkgOf, zipOf } from './archives.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'

let server: PackageServer
beforeAll(async () => {
  server = await startPackageServer()
})
afterAll(() => server.end())

const rowsOf = (packageId: string) =>
  server.rows('SELECT version, sha256, extension FROM packages WHERE package_id = ?', packageId)

describe("NuGet's own client", () => {
  const put = (path: string, bytes: Uint8Array, key = ADMIN_KEY) =>
    server.request('PUT', path, {
      body: multipartOf([{ name: 'package', fileName: 'package', content: bytes }]) as BodyInit,
      headers: {
        'content-type': 'multipart/form-data; boundary=shop-boundary',
        'x-nuget-apikey': key,
      },
      key: null,
    })

  it.each(['/nuget/packages', '/Spaces-1/nuget/packages/'])(
    'may look at %s without a key',
    async path => {
      expect((await server.request('GET', path, { key: null })).status).toBe(200)
    },
  )

  it.each([
    { path: '/nuget/packages/', id: 'Nu.One' },
    { path: '/Spaces-1/nuget/packages', id: 'Nu.Two' },
    { path: '/default/nuget/packages', id: 'Nu.Three' },
    { path: '/api/nuget/packages', id: 'Nu.Four' },
    { path: '/api/Spaces-1/nuget/packages/', id: 'Nu.Five' },
  ])('pushes to $path', async ({ path, id }) => {
    expect((await put(path, nupkgOf(id, '1.0.0'))).status).toBe(201)
    expect(await rowsOf(id)).toMatchObject([{ version: '1.0.0', extension: '.nupkg' }])
    expect((await put(path, nupkgOf(id, '1.0.0'))).status).toBe(409)
    expect(
      (await put(`${path}?replace=true/`, nupkgOf(id, '1.0.0', '<title>x</title>'))).status,
    ).toBe(200)
  })

  it('is refused without a key, without a document inside, and in a space that is not there', async () => {
    expect((await put('/nuget/packages/', nupkgOf('Nu.Bad', '1.0.0'), '')).status).toBe(401)
    expect((await put('/nuget/packages/', zipOf({ 'a.txt': 'a' }))).status).toBe(400)
    expect([403, 404]).toContain(
      (await put('/Spaces-77/nuget/packages', nupkgOf('Nu.Bad', '1'))).status,
    )
    expect(await rowsOf('Nu.Bad')).toEqual([])
  })
})
