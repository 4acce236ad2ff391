import { ProtocolError } from './errors.ts'

/** The messages of Hrana 2 over HTTP (JSON), as `@libsql/client/http` sends and reads them.
 *  @see https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_2_SPEC.md */
export type Value =
  | { type: 'null' }
  | { type: 'integer'; value: string }
  | { type: 'float'; value: number }
  | { type: 'text'; value: string }
  | { type: 'blob'; base64: string }

export interface SqlText {
  readonly sql?: string
  readonly sqlId?: number
}

export interface Statement extends SqlText {
  readonly args: readonly Value[]
  readonly namedArgs: readonly { name: string; value: Value }[]
}

export type Condition =
  | { type: 'ok' | 'error'; step: number }
  | { type: 'not'; cond: Condition }
  | { type: 'and' | 'or'; conds: readonly Condition[] }
  | { type: 'is_autocommit' }

export interface BatchStep {
  readonly stmt: Statement
  readonly condition: Condition | undefined
}

export type StreamRequest =
  | { type: 'close' | 'get_autocommit' }
  | { type: 'execute'; stmt: Statement }
  | { type: 'batch'; steps: readonly BatchStep[] }
  | ({ type: 'sequence' | 'describe' } & SqlText)
  | { type: 'store_sql'; sqlId: number; sql: string }
  | { type: 'close_sql'; sqlId: number }

export interface Pipeline {
  readonly baton: string | undefined
  readonly requests: readonly StreamRequest[]
}

export interface StatementResult {
  readonly cols: readonly { name: string | null; decltype: string | null }[]
  readonly rows: readonly (readonly Value[])[]
  readonly affected_row_count: number
  readonly last_insert_rowid: string | null
}

const MAX_REQUESTS = 1_000
const MAX_STEPS = 10_000
const MAX_CONDITION_DEPTH = 20

/** Reads the body of `POST /v2/pipeline`. Throws a `ProtocolError`, answered as 400. */
export const parsePipeline = (body: unknown): Pipeline => {
  const pipeline = object(body, 'the body')
  const requests = list(pipeline.requests, 'requests', MAX_REQUESTS)
  const baton = pipeline.baton ?? undefined
  if (baton !== undefined && typeof baton !== 'string') throw expected('baton', 'a string')
  return { baton, requests: requests.map(parseRequest) }
}

const parseRequest = (value: unknown): StreamRequest => {
  const request = object(value, 'a request')
  switch (request.type) {
    case 'close':
    case 'get_autocommit':
      return { type: request.type }
    case 'execute':
      return { type: 'execute', stmt: parseStatement(request.stmt) }
    case 'batch': {
      const batch = object(request.batch, 'batch')
      return { type: 'batch', steps: list(batch.steps, 'steps', MAX_STEPS).map(parseStep) }
    }
    case 'sequence':
    case 'describe':
      return { type: request.type, ...parseSqlText(request) }
    case 'store_sql':
      if (typeof request.sql !== 'string') throw expected('sql', 'a string')
      return { type: 'store_sql', sqlId: integer(request.sql_id, 'sql_id'), sql: request.sql }
    case 'close_sql':
      return { type: 'close_sql', sqlId: integer(request.sql_id, 'sql_id') }
    default:
      throw new ProtocolError(`Unknown type of request: ${String(request.type)}`)
  }
}

const parseStep = (value: unknown): BatchStep => {
  const step = object(value, 'a step')
  const condition = step.condition ?? undefined
  return {
    stmt: parseStatement(step.stmt),
    condition: condition === undefined ? undefined : parseCondition(condition, 0),
  }
}

const parseCondition = (value: unknown, depth: number): Condition => {
  if (depth > MAX_CONDITION_DEPTH) throw new ProtocolError('A condition is nested too deeply')
  const condition = object(value, 'condition')
  switch (condition.type) {
    case 'ok':
    case 'error':
      return { type: condition.type, step: integer(condition.step, 'step') }
    case 'not':
      return { type: 'not', cond: parseCondition(condition.cond, depth + 1) }
    case 'and':
    case 'or': {
      const conds = list(condition.conds, 'conds', MAX_STEPS)
      return { type: condition.type, conds: conds.map(cond => parseCondition(cond, depth + 1)) }
    }
    case 'is_autocommit':
      return { type: 'is_autocommit' }
    default:
      throw new ProtocolError(`Unknown type of condition: ${String(condition.type)}`)
  }
}

const parseSqlText = (from: Record<string, unknown>): SqlText => {
  if (typeof from.sql === 'string') return { sql: from.sql }
  if (from.sql_id === undefined || from.sql_id === null) {
    throw new ProtocolError('Either `sql` or `sql_id` are required')
  }
  return { sqlId: integer(from.sql_id, 'sql_id') }
}

const MAX_ARGUMENTS = 32_766

const parseStatement = (value: unknown): Statement => {
  const stmt = object(value, 'stmt')
  return {
    ...parseSqlText(stmt),
    args: list(stmt.args ?? [], 'args', MAX_ARGUMENTS).map(parseValue),
    namedArgs: list(stmt.named_args ?? [], 'named_args', MAX_ARGUMENTS).map(entry => {
      const named = object(entry, 'a named argument')
      if (typeof named.name !== 'string') throw expected('name', 'a string')
      return { name: named.name, value: parseValue(named.value) }
    }),
  }
}

const INTEGER = /^-?\d{1,19}$/

const parseValue = (input: unknown): Value => {
  const value = object(input, 'a value')
  switch (value.type) {
    case 'null':
      return { type: 'null' }
    case 'integer':
      if (typeof value.value !== 'string' || !INTEGER.test(value.value)) {
        throw expected('an integer', 'its digits in a string')
      }
      return { type: 'integer', value: value.value }
    case 'float':
      if (typeof value.value !== 'number') throw expected('a float', 'a number')
      return { type: 'float', value: value.value }
    case 'text':
      if (typeof value.value !== 'string') throw expected('a text', 'a string')
      return { type: 'text', value: value.value }
    case 'blob':
      if (typeof value.base64 !== 'string') throw expected('a blob', 'base64 in a string')
      return { type: 'blob', base64: value.base64 }
    default:
      throw new ProtocolError(`Unknown type of value: ${String(value.type)}`)
  }
}

const expected = (what: string, type: string): ProtocolError =>
  new ProtocolError(`Expected ${what} to be ${type}`)

const object = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw expected(what, 'an object')
}

const list = (value: unknown, what: string, max: number): unknown[] => {
  if (!Array.isArray(value)) throw expected(what, 'an array')
  if (value.length > max) throw new ProtocolError(`More than ${max} ${what}`)
  return value
}

const integer = (value: unknown, what: string): number => {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw expected(what, 'a whole number')
}
