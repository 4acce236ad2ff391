import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { zipOf } from '../support/packages.ts'
import { expectRefusal, storesNothing } from '../support/refusals.ts'
import { openShop, S, type Shop } from '../support/refusing-shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.end())

describe('a package', () => {
  const zip = () => zipOf({ 'index.html': 'Shop' })
  const push = async (fileName: string, bytes: Uint8Array, query = '') => {
    const form = new FormData()
    form.append('fileToUpload', new Blob([bytes as BlobPart]), fileName)
    const response = await shop.api.send('POST', `${S}/packages/raw${query}`, { body: form })
    const headers = Object.fromEntries(response.headers)
    return { status: response.status, headers, text: await response.text() }
  }
  const random = crypto.getRandomValues(new Uint8Array(60_000))

  it.each<[what: string, name: string, bytes: () => Uint8Array, status: number, says: RegExp]>([
    [
      'without a version in its name',
      'Shop.zip',
      zip,
      400,
      /no version in it.*Acme\.Web\.1\.2\.3\.zip/,
    ],
    ['of no known format', 'Shop.Web.2.0.0.exe', zip, 400, /no package format.*\.zip/],
    [
      'that is there already',
      'Shop.Web.1.0.0.zip',
      zip,
      409,
      /A package with the same name and version already exists/,
    ],
    ['that is there in other letter case', 'shop.web.1.0.zip', zip, 409, /already exists/],
    [
      'that is no archive',
      'Shop.Web.2.0.0.zip',
      () => Buffer.from('hello'),
      400,
      /no complete zip archive/,
    ],
    ['that is empty', 'Shop.Web.2.0.0.zip', () => new Uint8Array(), 400, /0 bytes/],
    [
      'that was cut off',
      'Shop.Web.2.0.0.zip',
      () => zipOf({ a: random }).subarray(0, 30_000),
      400,
      /cut off.*send it again/,
    ],
    [
      'whose beginning is missing',
      'Shop.Web.2.0.0.zip',
      () => zipOf({ a: random }).subarray(9_000),
      400,
      /no complete zip/,
    ],
    ['that is another archive', 'Shop.Web.2.0.0.tar.gz', zip, 400, /no complete \.tar\.gz/],
    [
      'that climbs out of its folder',
      'Shop.Web.2.0.0.zip',
      () => zipOf({ '../../etc/passwd': 'x' }),
      400,
      /"\.\.\/\.\.\/etc\/passwd" would be written outside/,
    ],
    [
      'with an absolute entry',
      'Shop.Web.2.0.0.zip',
      () => zipOf({ '/etc/passwd': 'x' }),
      400,
      /outside of the folder/,
    ],
    [
      'with backslashes that climb',
      'Shop.Web.2.0.0.nupkg',
      () => zipOf({ '..\\..\\x': 'x' }),
      400,
      /outside of the folder/,
    ],
    [
      'with a DOCTYPE in its nuspec',
      'Shop.Web.2.0.0.nupkg',
      () => zipOf({ 'a.nuspec': '<!DOCTYPE x [<!ENTITY a "b">]><package/>' }),
      400,
      /.{20}/,
    ],
  ])('%s is refused', async (_, name, bytes, status, says) => {
    expectRefusal(await push(name, bytes()), status, says)
  })

  it('is refused with an unknown way to overwrite', async () => {
    const answer = await push('Shop.Web.2.0.0.zip', zip(), '?overwriteMode=Sometimes')
    expectRefusal(answer, 400, 'FailIfExists, IgnoreIfExists, OverwriteExisting')
  })

  const raw = (body: string | Uint8Array, headers: Record<string, string>, chunked = false) =>
    shop.send({ method: 'POST', path: `${S}/packages/raw`, body, headers, chunked })
  const FORM = { 'content-type': 'multipart/form-data; boundary=x' }
  const part =
    '--x\r\nContent-Disposition: form-data; name="file"; filename="Shop.Web.2.0.0.zip"\r\n\r\n'

  it.each([
    ['without a closing boundary', `${part}PK\u0003\u0004`, FORM],
    [
      'without a file',
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
      FORM,
    ],
    ['without any part', '--x--\r\n', FORM],
    ['without a boundary', part, { 'content-type': 'multipart/form-data' }],
    ['without a name', 'PK', { 'content-type': 'application/octet-stream' }],
    ['without a body', '', FORM],
    ['with headers that never end', `--x\r\n${'X-A: b\r\n'.repeat(9_000)}`, FORM],
  ])('is refused in an upload %s, however it is sent', async (_, body, headers) => {
    for (const chunked of [false, true]) expectRefusal(await raw(body, headers, chunked), 400)
  })

  it('is refused at once when it is declared larger than any package may be', async () => {
    const lines = [
      `POST ${S}/packages/raw?fileName=Shop.Web.2.0.0.zip HTTP/1.1`,
      'Host: localhost',
      'Connection: close',
      `X-Octopus-ApiKey: ${shop.api.key}`,
      'Content-Length: 99999999999',
    ]
    const heard = await shop.speak(`${lines.join('\r\n')}\r\n\r\nPK`, { hold: true })
    expect(heard).toMatch(/^HTTP\/1\.1 413 /)
    expect(heard).toContain('at most 1 GiB')
  })

  it('is forgotten when the connection breaks in the middle of it', async () => {
    const lines = [
      `POST ${S}/packages/raw?fileName=Shop.Web.2.0.0.zip HTTP/1.1`,
      'Host: localhost',
      `X-Octopus-ApiKey: ${shop.api.key}`,
      'Content-Length: 60000',
    ]
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    const heard = await shop.speak(Buffer.concat([head, random.subarray(0, 30_000)]))
    expect(heard).not.toMatch(/^HTTP\/1\.1 [25]/)
  })

  it('cannot be deleted while a release needs it', async () => {
    const { Items } = await shop.api.get(`${S}/packages`)
    expectRefusal(await shop.ask('DELETE', `/packages/${Items[0].Id}`), 409, /Releases need/)
  })

  storesNothing(() => shop)
})
