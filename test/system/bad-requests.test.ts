import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../worker/routes.ts'
import {
  type Counter,
  expectRefusal,
  forEachOf,
  openCounter,
  storesNothing,
} from '../support/refusals.ts'

let counter: Counter
beforeAll(async () => {
  counter = await openCounter()
})
afterAll(() => counter?.end())

const PROJECTS = '/api/Spaces-1/projects'

describe('a query with odd values', () => {
  const lists = routes
    .filter(({ method, area, path }) => method === 'GET' && area !== 'root' && !path.includes('{'))
    .map(({ area, path }) => (area === 'space' ? '/api/Spaces-1' : '/api') + path)

  it.each([
    'skip=-1&take=-1',
    'skip=99999999999&take=0',
    `skip=${'9'.repeat(400)}`,
    'take=abc',
    'take=1e3&skip=1.5',
    'take=%00',
    'take=&skip=&ids=',
    'take=1&take=2&TAKE=abc',
    'ids=,,,',
    `ids=${Array.from({ length: 1_500 }, (_, index) => `X-${index}`).join(',')}`,
    "ids=' OR 1=1 --,%00,%F0%9F%A6%8A".replaceAll(' ', '%20'),
    'ids=%ff&partialName=%c0%80',
    'partialName=%25_%27%22%5C',
    'name=%00&filter=%00&project=%00',
    'project=Nothing-1&environment=Nothing-1&channel=Nothing-1&projects=Nothing-1',
    'states=Nonsense&taskState=Nonsense&running=maybe',
    'packageId=..%2f..&version=nonsense&versionRange=%5B%5B&filter=%28',
    'versionRange=%28%28%28a%2B%29%2B%29%2B%24&preReleaseTag=%28a%2B%29%2B%24&version=1.0.0-aaaaaaaaaaaaaaaaaaaaaaaa!',
    'from=yesterday&to=%00&regarding=%27',
    '__proto__=1&constructor=2&toString=3',
    '&&&===&%&%zz=1',
    '?????#fragment',
  ])('is answered or refused, never an error of ours: ?%s', async query => {
    const odd = await forEachOf(lists, async path => {
      const { status, text } = await counter.send({ path: `${path}?${query}` })
      return [200, 400, 404].includes(status) ? [] : [`${path}: ${status} ${text.slice(0, 200)}`]
    })
    expect(odd).toEqual([])
  })

  it.each([
    ['take=abc', "take must be a whole number; found 'abc'."],
    ['skip=1.5', "skip must be a whole number; found '1.5'."],
  ])('says what was expected: ?%s', async (query, says) => {
    expectRefusal(await counter.send({ path: `${PROJECTS}?${query}` }), 400, says)
  })

  it('answers an empty list for 1,000 ids that stand for nothing', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `Projects-${index + 5_000}`)
    expect(await counter.api.get(`${PROJECTS}?ids=${ids}`)).toMatchObject({ Items: [] })
  })

  storesNothing(() => counter)
})

describe('an address that leads nowhere', () => {
  it.each([
    ['//api//Spaces-1//projects//', 200],
    ['/API/spaces-1/PROJECTS', 200],
    ['/api/Spaces-1/..%2fusers', 404],
    ['/api/Spaces-1/%2e%2e/users', 200],
    ['/api/Spaces-999/projects', 404],
    ['/api/nosuchspace/projects', 404],
    ['/api/Spaces-1/projects.json', 404],
    ['/api/Spaces-1/projects;x=1', 404],
    ['/api/Spaces-1/projects/%00', 404],
    ['/api/Spaces-1/nothing/at/all', 404],
    ['/api/Spaces-1/__proto__', 404],
    ['/api/%', 404],
    ['/api/Spaces-1/projects/%', 404],
    [`/api/Spaces-1/projects/${'a/'.repeat(2_000)}`, 404],
    [`/api/${'x'.repeat(8_000)}`, 404],
    ['/internal/bootstrap', 404],
    ['/INTERNAL//bootstrap', 404],
    ['/%69nternal/bootstrap', 404],
    ['/api/../internal/bootstrap', 404],
    ['/cdn-cgi/anything', 404],
  ])('%s', async (path, status) => {
    const answer = await counter.send({ path })
    expect(answer.status, answer.text.slice(0, 300)).toBe(status)
    if (status >= 400) expect(JSON.parse(answer.text).ErrorMessage).not.toBe('')
  })

  it('is a page where people look, in HTML', async () => {
    for (const path of ['/nothing', '/projects/Nothing-1', '/releases/Nothing-1/deploy']) {
      const answer = await counter.send({ path })
      expect(answer.status, path).toBe(404)
      expect(answer.headers['content-type'], path).toMatch(/^text\/(html|plain)/)
    }
  })

  it('is refused when it is longer than any address', async () => {
    const answer = await counter.send({ path: `/api/${'x'.repeat(40_000)}` })
    expect([414, 431]).toContain(answer.status)
  })

  storesNothing(() => counter)
})

describe('a request that is hardly one', () => {
  const head = (...lines: string[]) =>
    [
      'POST /api/Spaces-1/environments HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      ...lines,
      '',
      '',
    ]
      .join('\r\n')
      .replace('KEY', counter.api.key)
  const body = '{"Name":"Smuggled"}'

  it.each([
    ['no HTTP', () => 'hello\r\n\r\n'],
    [
      'a body shorter than declared',
      () => head('X-Octopus-ApiKey: KEY', 'Content-Length: 400') + body,
    ],
    ['a length that is none', () => head('X-Octopus-ApiKey: KEY', 'Content-Length: -5') + body],
    [
      'two lengths',
      () => head('X-Octopus-ApiKey: KEY', 'Content-Length: 5', 'Content-Length: 19') + body,
    ],
    [
      'a length and chunks',
      () =>
        head('X-Octopus-ApiKey: KEY', 'Content-Length: 19', 'Transfer-Encoding: chunked') + body,
    ],
    [
      'a broken chunk',
      () => `${head('X-Octopus-ApiKey: KEY', 'Transfer-Encoding: chunked')}zz\r\n${body}`,
    ],
    [
      'chunks without an end',
      () => `${head('X-Octopus-ApiKey: KEY', 'Transfer-Encoding: chunked')}13\r\n${body}\r\n`,
    ],
    [
      'a length of terabytes',
      () => head('X-Octopus-ApiKey: KEY', 'Content-Length: 9999999999999') + body,
    ],
    ['headers without end', () => head(`X-Long: ${'x'.repeat(100_000)}`)],
    ['a header of control characters', () => head('X-Octopus-ApiKey: \u0001\u0002') + body],
    ['an unknown method', () => head().replace('POST', 'BREW')],
    ['a version of its own', () => head().replace('1.1', '9.9')],
  ])('is refused or dropped: %s', async (_, bytes) => {
    const answer = await counter.speak(bytes())
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  it.each([
    ['a range of nothing', { range: 'bytes=99-1' }],
    ['an unknown encoding', { 'content-encoding': 'x-nothing', accept: 'nonsense;q=x' }],
    ['another host', { host: 'evil.example.com' }],
    ['a forwarded address', { 'x-forwarded-for': "' OR 1=1", 'cf-connecting-ip': '\u00ff' }],
    ['an overridden method of no meaning', { 'x-http-method-override': 'TRACE' }],
    ['cookies without end', { cookie: 'a=b; '.repeat(1_500) }],
    ['a broken cookie', { cookie: 'slipway-flash=success.%; slipway-theme=%ff; =; ;;' }],
    ['a long user agent', { 'user-agent': 'x'.repeat(9_000) }],
  ])('is answered without harm: %s', async (_, headers) => {
    for (const path of ['/api', PROJECTS, '/projects', '/sign-in']) {
      const answer = await counter.send({ path, headers: headers as Record<string, string> })
      expect(answer.status, `${path} ${answer.text.slice(0, 200)}`).toBeLessThan(500)
      expect(answer.text).not.toContain('evil.example.com')
    }
  })

  it.each([
    ['multipart/form-data', '{"Name":"'],
    ['multipart/form-data; boundary=x', '--x\r\n\r\n'],
    ['application/xml', '<Name>a</Name>'],
    ['application/x-www-form-urlencoded', 'Name=a'],
    ['text/plain; charset=utf-16', '{'],
    [';;;', '{'],
  ])('is refused with a body of type %s that is no JSON', async (type, text) => {
    const path = '/api/Spaces-1/environments'
    const headers = { 'content-type': type }
    expectRefusal(await counter.send({ method: 'POST', path, headers, body: text }), 400, 'JSON')
  })

  storesNothing(() => counter)
})
