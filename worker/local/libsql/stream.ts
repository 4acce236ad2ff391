import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { fromEngine, isBusy, ProtocolError, StatementError } from './errors.ts'
import type {
  BatchStep,
  Condition,
  SqlText,
  Statement,
  StatementResult,
  StreamRequest,
} from './messages.ts'
import { shapeOf } from './sql.ts'

const IDLE_TRANSACTION_MS = 5_000
/** How long another process of the machine may hold the database's lock, in milliseconds. */
const FOREIGN_LOCK_MS = 5_000
const FOREIGN_LOCK_POLL_MS = 10
const MAX_STORED_TEXTS = 200

export type RequestResult =
  | { type: 'ok'; response: Record<string, unknown> }
  | { type: 'error'; error: { message: string; code: string } }

/** A conversation of one client: its stored texts and, between requests, its open transaction. A
 *  connection is held only while a pipeline runs or a transaction is open; a transaction left idle
 *  for 5 s is rolled back, since it may keep every other writer waiting. */
export class Stream {
  readonly #connections: Connections
  readonly #texts = new Map<number, string>()
  #held: { kind: 'read' | 'write'; connection: Connection } | undefined
  #idle: NodeJS.Timeout | undefined
  #timedOut = false
  #closed = false

  constructor(connections: Connections) {
    this.#connections = connections
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Carries out the requests in order; a failed statement does not keep later requests from running. */
  async run(requests: readonly StreamRequest[]): Promise<RequestResult[]> {
    clearTimeout(this.#idle)
    const results: RequestResult[] = []
    try {
      for (const [index, request] of requests.entries()) {
        if (this.#closed) throw new ProtocolError('Stream for this baton was closed')
        results.push(await this.#answer(request, requests, index))
      }
    } catch (error) {
      this.close()
      throw error
    }
    this.#rest()
    return results
  }

  /** Rolls back what is open and gives the connection back. */
  close(): void {
    clearTimeout(this.#idle)
    this.#closed = true
    this.#giveBack()
  }

  async #answer(
    request: StreamRequest,
    requests: readonly StreamRequest[],
    index: number,
  ): Promise<RequestResult> {
    try {
      const response = await this.#perform(request, () =>
        kindOf(requests.slice(index), this.#texts),
      )
      return { type: 'ok', response: { type: request.type, ...response } }
    } catch (error) {
      if (error instanceof ProtocolError) throw error
      const { message, code } = fromEngine(error, 'run')
      return { type: 'error', error: { message, code } }
    }
  }

  async #perform(
    request: StreamRequest,
    kind: () => 'read' | 'write',
  ): Promise<Record<string, unknown>> {
    switch (request.type) {
      case 'close':
        this.close()
        return {}
      case 'store_sql':
        this.#store(request.sqlId, request.sql)
        return {}
      case 'close_sql':
        this.#texts.delete(request.sqlId)
        return {}
      case 'get_autocommit':
        return { is_autocommit: this.#held?.connection.inTransaction !== true }
      case 'execute':
        return { result: await this.#execute(await this.#take(kind), request.stmt) }
      case 'batch':
        return { result: await this.#batch(await this.#take(kind), request.steps) }
      case 'sequence':
        ;(await this.#take(kind)).runAll(textOf(request, this.#texts))
        return {}
      case 'describe':
        return { result: (await this.#take(kind)).describe(textOf(request, this.#texts)) }
    }
  }

  #store(sqlId: number, sql: string): void {
    if (this.#texts.has(sqlId)) throw new ProtocolError(`SQL text ${sqlId} already exists`)
    if (this.#texts.size >= MAX_STORED_TEXTS) {
      throw new ProtocolError(`More than ${MAX_STORED_TEXTS} SQL texts on one stream`)
    }
    this.#texts.set(sqlId, sql)
  }

  async #execute(connection: Connection, stmt: Statement): Promise<StatementResult> {
    const sql = textOf(stmt, this.#texts)
    const deadline = Date.now() + FOREIGN_LOCK_MS
    for (;;) {
      try {
        return connection.run(sql, stmt)
      } catch (error) {
        const again = isBusy(error) && !connection.inTransaction && Date.now() < deadline
        if (!again) throw error
        await delay(FOREIGN_LOCK_POLL_MS)
      }
    }
  }

  async #batch(connection: Connection, steps: readonly BatchStep[]): Promise<unknown> {
    const results: (StatementResult | null)[] = []
    const errors: ({ message: string; code: string } | null)[] = []
    const holds = (condition: Condition): boolean => {
      switch (condition.type) {
        case 'ok':
          return (results[condition.step] ?? null) !== null
        case 'error':
          return (errors[condition.step] ?? null) !== null
        case 'not':
          return !holds(condition.cond)
        case 'and':
          return condition.conds.every(holds)
        case 'or':
          return condition.conds.some(holds)
        case 'is_autocommit':
          return !connection.inTransaction
      }
    }
    for (const { stmt, condition } of steps) {
      let result: StatementResult | null = null
      let failure: { message: string; code: string } | null = null
      if (condition === undefined || holds(condition)) {
        try {
          result = await this.#execute(connection, stmt)
        } catch (error) {
          if (error instanceof ProtocolError) throw error
          const { message, code } = fromEngine(error, 'run')
          failure = { message, code }
        }
      }
      results.push(result)
      errors.push(failure)
    }
    return { step_results: results, step_errors: errors }
  }

  async #take(kind: () => 'read' | 'write'): Promise<Connection> {
    if (this.#timedOut) throw new StatementError('Transaction timed out', 'TRANSACTION_TIMEOUT')
    if (this.#held === undefined) {
      const wanted = kind()
      this.#held = { kind: wanted, connection: await this.#connections.take(wanted) }
    }
    return this.#held.connection
  }

  #rest(): void {
    if (this.#held === undefined) return
    if (!this.#held.connection.inTransaction) {
      this.#giveBack()
      return
    }
    this.#idle = setTimeout(() => {
      this.#timedOut = true
      this.#giveBack()
    }, IDLE_TRANSACTION_MS)
  }

  #giveBack(): void {
    if (this.#held === undefined) return
    const { kind, connection } = this.#held
    this.#held = undefined
    this.#connections.release(kind, connection)
  }
}

const textOf = (text: SqlText, stored: ReadonlyMap<number, string>): string => {
  const sql = text.sql ?? stored.get(text.sqlId ?? Number.NaN)
  if (sql === undefined) throw new ProtocolError(`SQL text ${text.sqlId} not found`)
  return sql
}

/** Which connection the requests need. A plain BEGIN that stays open may come to write, and a reader
 *  could not follow it there, so it gets the writing connection. */
const kindOf = (
  requests: readonly StreamRequest[],
  stored: ReadonlyMap<number, string>,
): 'read' | 'write' => {
  const texts = new Map(stored)
  let staysOpen = true
  let opens = false
  for (const request of requests) {
    if (request.type === 'store_sql') texts.set(request.sqlId, request.sql)
    else if (request.type === 'close') staysOpen = false
    for (const text of textsIn(request)) {
      const shape = shapeOf(text.sql ?? texts.get(text.sqlId ?? Number.NaN) ?? '')
      if (!shape.readOnly) return 'write'
      opens ||= shape.opensTransaction
    }
  }
  return opens && staysOpen ? 'write' : 'read'
}

const textsIn = (request: StreamRequest): readonly SqlText[] => {
  switch (request.type) {
    case 'execute':
      return [request.stmt]
    case 'batch':
      return request.steps.map(step => step.stmt)
    case 'sequence':
      return [request]
    default:
      return []
  }
}
