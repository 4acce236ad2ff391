import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { ReadableStream } from 'node:stream/web'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY } from '../../support/server.ts'
import { inChunks, largeZip, multipartOf, nupkgOf, zipOf } from './archives.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'
import { addUsers, BEN_KEY, BUILDER_KEY } from './users.ts'

const digestOf = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex')

let server: PackageServer
beforeAll(async () => {
  server = await startPackageServer()
  await addUsers(server)
})
afterAll(() => server.end())

const push = (
  fileName: string,
  bytes: Uint8Array,
  { query = '', name = 'fileToUpload', key = ADMIN_KEY as string | null } = {},
) =>
  server.request('POST', `/api/Spaces-1/packages/raw${query}`, {
    body: multipartOf([{ name, fileName, content: bytes }]) as BodyInit,
    headers: { 'content-type': 'multipart/form-data; boundary=shop-boundary' },
    key,
  })

const rowsOf = (packageId: string) =>
  server.rows('SELECT version, sha256, extension FROM packages WHERE package_id = ?', packageId)

describe('pushing a package', () => {
  it('stores it by its digest and says what was stored', async () => {
    const bytes = zipOf({ 'a.txt': 'inner content of the file' })
    const { status, body } = await push('Hello.1.0.0.zip', bytes)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      PackageId: 'Hello',
      NuGetPackageId: 'Hello',
      Version: '1.0.0',
      FeedId: 'feeds-builtin',
      NuGetFeedId: 'feeds-builtin',
      FileExtension: '.zip',
      PackageSizeBytes: bytes.byteLength,
      Hash: digestOf('sha1', bytes),
      Sha256: digestOf('sha256', bytes),
      ReleaseNotes: null,
      PackageVersionBuildInformation: null,
    })
    expect(body.Id).toMatch(/^Packages-\d+$/)
    expect(body.Published).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/)
    expect(body.Links.Self).toBe(`/api/Spaces-1/packages/${body.Id}`)
    expect(await server.stored()).toContain(`sha256/${digestOf('sha256', bytes)}`)
    expect((await server.request('GET', body.Links.Self)).body).toEqual(body)
  })

  it('shares the bytes of equal packages', async () => {
    const bytes = zipOf({ 'twin.txt': 'twin' })
    await push('Twin.One.1.0.0.zip', bytes)
    const before = await server.stored()
    expect((await push('Twin.Two.1.0.0.zip', bytes)).status).toBe(201)
    expect(await server.stored()).toEqual(before)
  })

  it('takes 20 MB in a form without a length, as it arrives', async () => {
    const bytes = largeZip(20_000_000)
    const form = multipartOf([{ name: 'file', fileName: 'Large.3.0.0.zip', content: bytes }])
    const { status, body } = await server.request('POST', '/api/Spaces-1/packages/raw', {
      body: ReadableStream.from(inChunks(form, 60_000)) as unknown as BodyInit,
      headers: { 'content-type': 'multipart/form-data; boundary=shop-boundary' },
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      PackageSizeBytes: bytes.byteLength,
      Hash: digestOf('sha1', bytes),
      Sha256: digestOf('sha256', bytes),
    })
    expect((await server.stored()).filter(key => key.startsWith('uploads/'))).toEqual([])
    const { body: found } = await server.request('GET', `${body.Links.Self}/raw`)
    expect(digestOf('sha256', found)).toBe(digestOf('sha256', bytes))
  })

  it.each([
    { how: 'the query', query: '?fileName=Raw.Query.1.0.0.zip', headers: {}, id: 'Raw.Query' },
    {
      how: 'a header',
      query: '',
      headers: { 'content-disposition': 'attachment; filename="Raw.Header.1.0.0.zip"' },
      id: 'Raw.Header',
    },
  ])('takes a plain body whose name stands in $how', async ({ query, headers, id }) => {
    const { status, body } = await server.request('POST', `/api/packages/raw${query}`, {
      body: zipOf({ 'a.txt': id }) as BodyInit,
      headers,
    })
    expect([status, body.PackageId]).toEqual([201, id])
  })

  it('reads id and version of a NuGet package from the document inside', async () => {
    const { status, body } = await push('wrong.9.9.9.nupkg', nupkgOf('Shop.Lib', '2.0.0-rc.1'))
    expect(status).toBe(201)
    expect(body).toMatchObject({
      PackageId: 'Shop.Lib',
      Version: '2.0.0-rc.1',
      FileExtension: '.nupkg',
      Description: 'The shop',
    })
  })
})

describe('pushing a version that exists', () => {
  const first = zipOf({ 'a.txt': 'first' })
  const second = zipOf({ 'a.txt': 'second' })
  beforeAll(async () => {
    expect((await push('Again.1.0.0.zip', first)).status).toBe(201)
  })

  it.each(['', '?overwriteMode=FailIfExists', '?overwritemode=failifexists'])(
    'is refused with %s',
    async query => {
      const { status, body } = await push('Again.1.0.0.zip', second, { query })
      expect(status).toBe(409)
      expect(body.ErrorMessage).toContain('A package with the same name and version already exists')
      expect(await rowsOf('Again')).toMatchObject([{ sha256: digestOf('sha256', first) }])
    },
  )

  it('is refused under another spelling of id and version', async () => {
    expect((await push('aGAIN.1.0.zip', second)).status).toBe(409)
  })

  it('keeps the old one when told to ignore it', async () => {
    const { status, body } = await push('Again.1.0.0.zip', second, {
      query: '?overwriteMode=IgnoreIfExists',
    })
    expect([status, body.Sha256]).toEqual([200, digestOf('sha256', first)])
  })

  it('needs the right to replace', async () => {
    const { status, body } = await push('Again.1.0.0.zip', second, {
      query: '?overwriteMode=OverwriteExisting',
      key: BUILDER_KEY,
    })
    expect(status).toBe(403)
    expect(body.ErrorMessage).toContain('BuiltInFeedAdminister')
    expect(await rowsOf('Again')).toMatchObject([{ sha256: digestOf('sha256', first) }])
  })

  it.each(['?overwriteMode=OverwriteExisting', '?replace=true', '?replace=true/'])(
    'replaces it with %s',
    async query => {
      const content = zipOf({ 'a.txt': query })
      expect((await push('Again.1.0.0.zip', content, { query })).status).toBe(201)
      expect(await rowsOf('Again')).toMatchObject([{ sha256: digestOf('sha256', content) }])
    },
  )

  it('at the same moment stores one of them', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        push('Race.1.0.0.zip', zipOf({ 'a.txt': String(index) })),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409])
    expect(await rowsOf('Race')).toHaveLength(1)
  })
})

describe('a bad upload', () => {
  const good = zipOf({ 'a.txt': 'good' })
  it.each([
    { what: 'no version in the name', fileName: 'Bad.zip', says: 'has no version in it' },
    { what: 'no package', fileName: 'Bad.1.0.0.txt', says: 'which is no package format' },
    {
      what: 'a bogus archive',
      fileName: 'Bad.1.0.0.zip',
      bytes: new TextEncoder().encode('bogus'),
      says: 'no complete zip archive',
    },
    {
      what: 'half an archive',
      fileName: 'Bad.1.0.0.zip',
      bytes: good.subarray(0, 60),
      says: 'no complete zip archive',
    },
    {
      what: 'nothing in it',
      fileName: 'Bad.1.0.0.zip',
      bytes: new Uint8Array(),
      says: 'The package is empty',
    },
    { what: 'another format', fileName: 'Bad.1.0.0.tar.gz', says: 'no complete .tar.gz archive' },
    { what: 'a traversal', fileName: '..%2F..%2FBad@S1.0@F.zip', says: 'A package id has' },
    {
      what: 'no overwrite mode',
      fileName: 'Bad.1.0.0.zip',
      query: '?overwriteMode=Maybe',
      says: 'overwriteMode must be one of',
    },
    {
      what: 'a document type inside',
      fileName: 'package.nupkg',
      bytes: zipOf({ 'Bad.nuspec': '<!DOCTYPE x><package/>' }),
      says: 'document type',
    },
  ])(
    'with $what is refused and leaves nothing',
    async ({ fileName, bytes = good, query = '', says }) => {
      const before = await server.stored()
      const { status, body } = await push(fileName, bytes, { query })
      expect(status).toBe(400)
      expect(`${body.ErrorMessage} ${body.Errors}`).toContain(says)
      expect(await server.stored()).toEqual(before)
      expect(await rowsOf('Bad')).toEqual([])
    },
  )

  it('of 20 MB that is no archive leaves nothing', async () => {
    const before = await server.stored()
    const { status } = await push('Bad.1.0.0.zip', largeZip(20_000_000).subarray(0, 19_000_000))
    expect(status).toBe(400)
    expect(await server.stored()).toEqual(before)
  })

  it.each([
    {
      what: 'no file name',
      sent: { body: good as BodyInit },
      says: 'The package has no file name',
    },
    {
      what: 'no boundary',
      sent: { body: good as BodyInit, headers: { 'content-type': 'multipart/form-data' } },
      says: 'names its boundary',
    },
    {
      what: 'a cut form',
      sent: {
        body: multipartOf([{ name: 'f', fileName: 'Bad.1.0.0.zip', content: good }]).subarray(
          0,
          200,
        ) as BodyInit,
        headers: { 'content-type': 'multipart/form-data; boundary=shop-boundary' },
      },
      says: 'The upload ended before all of it had arrived',
    },
  ])('with $what is refused', async ({ sent, says }) => {
    const { status, body } = await server.request('POST', '/api/Spaces-1/packages/raw', sent)
    expect(status).toBe(400)
    expect(body.ErrorMessage).toContain(says)
    expect(await rowsOf('Bad')).toEqual([])
  })

  it('that declares more than the limit is refused in words', async () => {
    const socket = connect(Number(server.url.port), '127.0.0.1')
    socket.write(
      'POST /api/Spaces-1/packages/raw?fileName=Bad.1.0.0.zip HTTP/1.1\r\nHost: x\r\n' +
        `X-Octopus-ApiKey: ${ADMIN_KEY}\r\nContent-Length: 2000000000\r\n\r\n`,
    )
    const [answer] = await once(socket, 'data')
    socket.destroy()
    expect(String(answer)).toContain('HTTP/1.1 413')
    expect(String(answer)).toContain('A package may be at most 1 GiB large')
  })

  it('whose sender goes away in the middle leaves nothing', async () => {
    const before = await server.stored()
    const bytes = largeZip(12_000_000)
    const socket = connect(Number(server.url.port), '127.0.0.1')
    socket.write(
      'POST /api/Spaces-1/packages/raw?fileName=Bad.1.0.0.zip HTTP/1.1\r\nHost: x\r\n' +
        `X-Octopus-ApiKey: ${ADMIN_KEY}\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`,
    )
    await new Promise(resolve => socket.write(bytes.subarray(0, 11_000_000), resolve))
    socket.destroy()
    expect((await push('After.1.0.0.zip', good)).status).toBe(201)
    const after = await server.stored()
    expect(after.filter(key => !key.startsWith('sha256/'))).toEqual([])
    expect(after.length).toBeLessThanOrEqual(before.length + 1)
    expect(await rowsOf('Bad')).toEqual([])
  })

  it.each([
    { who: 'nobody', key: null, status: 401 },
    { who: 'Ben, who may not', key: BEN_KEY, status: 403 },
  ])('from $who is refused', async ({ key, status }) => {
    expect((await push('Bad.1.0.0.zip', good, { key })).status).toBe(status)
    expect(await rowsOf('Bad')).toEqual([])
  })

  it('into a space that is not there is not found', async () => {
    const { status, body } = await server.request('POST', '/api/Spaces-99/packages/raw', {
      body: good as BodyInit,
    })
    expect(status).toBe(404)
    expect(body).not.toHaveProperty('Errors')
  })
})
