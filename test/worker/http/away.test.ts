import { LibsqlError } from '@libsql/client/http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { route } from '../../../worker/http/route.ts'
import { type TestServer, testServer } from '../../support/server.ts'

let failure: Error
let server: TestServer

beforeEach(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const failing = route({
    method: 'GET',
    area: 'root',
    path: '/runner/v1/failing',
    permission: 'public',
    summary: 'Fails',
    handler: () => {
      throw failure
    },
  })
  server = await testServer([failing], {}, { bootstrap: false })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.stop()
})

const lost = Object.assign(new Error('Network connection lost.'), { retryable: true })
const busy = new LibsqlError('database is locked', 'SQLITE_BUSY')
const down = new LibsqlError('Server returned HTTP status 503', 'SERVER_ERROR')

describe('what the server itself depends on is away', () => {
  it.each([
    { what: 'a lost connection', error: lost },
    { what: 'a query over a lost connection', error: new Error('Failed query', { cause: lost }) },
    { what: 'a database that is busy', error: new Error('Failed query', { cause: busy }) },
    { what: 'a database that answers 503', error: down },
  ])('$what is answered with 503 and when to come again', async ({ error }) => {
    failure = error
    const response = await server.send('GET', '/runner/v1/failing', { key: null })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.json()).toMatchObject({
      ErrorMessage: 'The database cannot be reached at the moment. Try again in a few seconds.',
    })
  })

  it.each([
    { what: 'a mistake of ours', error: new TypeError('x is not a function') },
    {
      what: 'a statement that is wrong',
      error: new LibsqlError('no such table', 'SQL_INPUT_ERROR'),
    },
  ])('$what stays a defect', async ({ error }) => {
    failure = error
    const response = await server.send('GET', '/runner/v1/failing', { key: null })
    expect(response.status).toBe(500)
    expect(response.headers.get('retry-after')).toBeNull()
  })
})
