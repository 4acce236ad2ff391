import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../worker/routes.ts'
import { forEachOf, storesNothing } from '../support/refusals.ts'
import { openShop, type Shop } from '../support/refusing-shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.end())

/** What a page's `{id}` stands for, by how its address begins. */
const NAMED: [string, string][] = [
  ['/infrastructure/environments/', '$Staging'],
  ['/infrastructure/targets/', '$Web1'],
  ['/infrastructure/worker-pools/', 'WorkerPools-1'],
  ['/library/lifecycles/', '$Careful'],
  ['/projects/', '$Shop'],
  ['/releases/', '$Release'],
]
/** An empty form is all that these take, or they change nothing that is kept. */
const BUTTONS =
  /\/(delete|move|run|state|cancel|try|sign-out|theme)$|^\/sign-|^\/releases\/\{id\}\/variables$/

const forms = routes
  .filter(({ method, area, path }) => method === 'POST' && area === 'root' && !BUTTONS.test(path))
  .filter(({ path }) => !/^\/(runner|nuget|token|internal)/.test(path))
  .map(({ path }) => {
    const id = NAMED.find(([start]) => path.startsWith(start))?.[1] ?? 'Nothing-1'
    return path.replace('{id}', id).replaceAll(/\{\w+\}/g, 'nothing')
  })

const FORM = 'application/x-www-form-urlencoded'
const PARTS = 'multipart/form-data; boundary=x'

describe('a form that is not what its page takes', () => {
  it.each<[what: string, type: string, body: string]>([
    ['empty', FORM, ''],
    ['of fields nobody knows', FORM, 'nothing=1&__proto__=2&constructor=3&_csrf=forged'],
    ['of empty fields', FORM, 'name=&version=&environment=&body=&script=&kind=&value='],
    ['of text that is too long', FORM, `name=${'x'.repeat(100_000)}&version=${'9'.repeat(9_000)}`],
    ['of broken escapes', FORM, 'name=&%=%&version=%zz&environment=%ff%fe'],
    ['with a NUL in every field', FORM, 'name=a%00b&version=a%00&environment=%00&title=%00'],
    ['of 6,000 fields', FORM, 'name=a&'.repeat(6_000)],
    ['larger than a body may be', FORM, `name=${'x'.repeat(4_300_000)}`],
    ['in parts', PARTS, '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na\r\n--x--\r\n'],
    ['in parts that end too soon', PARTS, '--x\r\nContent-Disposition: form-data; name="na'],
    ['as JSON', 'application/json', '{"name":"a"}'],
    ['of no type', '', 'name=a'],
  ])(`is shown again or refused on ${forms.length} pages: %s`, async (_, type, body) => {
    const odd = await forEachOf(forms, async path => {
      const headers = type === '' ? {} : { 'content-type': type }
      const answer = await shop.submit(path, headers, body)
      const isPage = /^text\/html/.test(String(answer.headers['content-type']))
      const isRefusal = [400, 403, 404, 413, 422].includes(answer.status)
      return isPage && isRefusal ? [] : [`${path}: ${answer.status} ${answer.text.slice(0, 200)}`]
    })
    expect(odd).toEqual([])
  })

  storesNothing(() => shop)
})
