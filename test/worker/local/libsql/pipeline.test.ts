import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, servers } from './servers.ts'

type Json = Record<string, unknown>
const close = { type: 'close' }
const execute = (sql: string, args: Json[] = []) => ({ type: 'execute', stmt: { sql, args } })
const rowsOf = (result: unknown): unknown => {
  const { response } = result as { response: { result: { rows: { value: unknown }[][] } } }
  return response.result.rows.map(row => row.map(cell => cell.value))
}

describe.each(servers())('a pipeline at $name', ({ start }) => {
  let server: RunningServer
  beforeAll(async () => {
    server = await start()
    await send({
      requests: [{ type: 'sequence', sql: 'CREATE TABLE lines (text TEXT UNIQUE)' }, close],
    })
  })
  afterAll(() => server.stop())

  const send = async (body: unknown, token = server.token) => {
    const response = await fetch(`${server.url}/v2/pipeline`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    const json: Json = response.ok ? JSON.parse(text) : {}
    return {
      status: response.status,
      text,
      baton: json.baton,
      results: Array.isArray(json.results) ? json.results : [],
    }
  }

  it('answers that it speaks version 2', async () => {
    const response = await fetch(`${server.url}/v2`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    expect(response.status).toBe(200)
  })

  it('goes on after a failed request and answers each in order', async () => {
    const { baton, results } = await send({
      requests: [execute('SELECT 1'), execute('SELECT nope'), execute('SELECT 3'), close],
    })
    expect(baton).toBeNull()
    expect(results.map(result => result.type)).toEqual(['ok', 'error', 'ok', 'ok'])
    expect(rowsOf(results[2])).toEqual([['3']])
  })

  it('gives a new baton each time, and takes each once', async () => {
    const first = await send({ requests: [execute('BEGIN IMMEDIATE')] })
    const second = await send({ baton: first.baton, requests: [execute('SELECT 2')] })
    expect(rowsOf(second.results[0])).toEqual([['2']])
    expect(second.baton).not.toBe(first.baton)
    expect((await send({ baton: first.baton, requests: [] })).status).toBe(400)
    await send({ baton: second.baton, requests: [close] })
  })

  it.each([
    { what: 'an unknown baton', body: { baton: 'made up', requests: [] } },
    { what: 'a body that is no JSON', body: '{' },
    { what: 'a body without requests', body: { statements: [] } },
    { what: 'an unknown request', body: { requests: [{ type: 'drop_everything' }] } },
    { what: 'a statement without text', body: { requests: [{ type: 'execute', stmt: {} }] } },
    {
      what: 'a text that was never stored',
      body: { requests: [{ type: 'execute', stmt: { sql_id: 4 } }] },
    },
    {
      what: 'a text stored twice',
      body: {
        requests: [
          { type: 'store_sql', sql_id: 1, sql: 'SELECT 1' },
          { type: 'store_sql', sql_id: 1, sql: 'SELECT 1' },
        ],
      },
    },
    { what: 'a request after the close', body: { requests: [close, execute('SELECT 1')] } },
    {
      what: 'an unknown kind of value',
      body: { requests: [execute('SELECT ?', [{ type: 'date', value: '' }])] },
    },
  ])('refuses $what', async ({ body }) => {
    const { status, text } = await send(body)
    expect(status).toBe(400)
    expect(text).not.toBe('')
  })

  it('stores a text, runs it by its number, and forgets it', async () => {
    const stored = await send({
      requests: [
        { type: 'store_sql', sql_id: 1, sql: 'SELECT 5' },
        { type: 'execute', stmt: { sql_id: 1 } },
        { type: 'close_sql', sql_id: 1 },
      ],
    })
    expect(rowsOf(stored.results[1])).toEqual([['5']])
    const forgotten = await send({
      baton: stored.baton,
      requests: [{ type: 'execute', stmt: { sql_id: 1 } }],
    })
    expect(forgotten.status).toBe(400)
  })

  const first = { stmt: { sql: 'SELECT 0' } }
  const failing = { stmt: { sql: 'INSERT INTO lines VALUES (1), (1)' } }
  it.each([
    { condition: { type: 'ok', step: 0 }, runs: true },
    { condition: { type: 'ok', step: 1 }, runs: false },
    { condition: { type: 'error', step: 0 }, runs: false },
    { condition: { type: 'error', step: 1 }, runs: true },
    { condition: { type: 'not', cond: { type: 'ok', step: 1 } }, runs: true },
    {
      condition: {
        type: 'and',
        conds: [
          { type: 'ok', step: 0 },
          { type: 'ok', step: 1 },
        ],
      },
      runs: false,
    },
    {
      condition: {
        type: 'or',
        conds: [
          { type: 'ok', step: 1 },
          { type: 'ok', step: 0 },
        ],
      },
      runs: true,
    },
    { condition: { type: 'and', conds: [] }, runs: true },
    { condition: { type: 'or', conds: [] }, runs: false },
  ])('a step on condition $condition runs: $runs', async ({ condition, runs }) => {
    const skipped = { stmt: { sql: 'SELECT 2' }, condition: { type: 'ok', step: 1 } }
    const steps = [first, failing, skipped, { stmt: { sql: 'SELECT 3' }, condition }]
    const { results } = await send({ requests: [{ type: 'batch', batch: { steps } }, close] })
    const { step_results, step_errors } = results[0].response.result
    expect(step_errors.map((error: unknown) => error !== null)).toEqual([false, true, false, false])
    expect(step_results[2]).toBeNull()
    expect(step_results[3] !== null).toBe(runs)
  })

  it('describes a statement without running it', async () => {
    const { results } = await send({
      requests: [
        { type: 'describe', sql: 'SELECT text, :named, ?, ?5 FROM lines' },
        { type: 'describe', sql: "INSERT INTO lines VALUES ('described')" },
        { type: 'describe', sql: 'EXPLAIN SELECT 1' },
        execute("SELECT count(*) FROM lines WHERE text = 'described'"),
        close,
      ],
    })
    expect(results[0].response.result).toMatchObject({
      params: [{ name: ':named' }, { name: null }, { name: null }, { name: null }, { name: '?5' }],
      is_explain: false,
      is_readonly: true,
    })
    expect(results[0].response.result.cols[0]).toEqual({ name: 'text', decltype: 'TEXT' })
    expect(results[1].response.result).toMatchObject({ is_explain: false, is_readonly: false })
    expect(results[2].response.result).toMatchObject({ is_explain: true, is_readonly: true })
    expect(rowsOf(results[3])).toEqual([['0']])
  })
})
