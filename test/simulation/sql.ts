import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

type Row = Record<string, unknown>

/** An SQLite in memory that is used by one schedule after another. */
export class Sqlite {
  readonly database = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, StatementSync>()
  #isOpen = false

  constructor() {
    this.database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
  }

  all(query: string, values: readonly SQLInputValue[]): Row[] {
    const limited = limitedBy(query, values)
    return this.prepared(limited.sql).all(...limited.values) as Row[]
  }

  prepared(query: string): StatementSync {
    let statement = this.#statements.get(query)
    if (!statement) {
      statement = this.database.prepare(query)
      this.#statements.set(query, statement)
    }
    return statement
  }

  begin(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.prepared('BEGIN').run()
  }
  commit(): void {
    if (this.#isOpen) this.prepared('COMMIT').run()
    this.#isOpen = false
  }
  rollback(): void {
    if (this.#isOpen) this.prepared('ROLLBACK').run()
    this.#isOpen = false
  }

  /** Empties every table; what they look like stays. */
  clear(): void {
    this.rollback()
    for (const { name } of this.all(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
      [],
    ))
      this.prepared(`DELETE FROM "${name}"`).run()
  }
}

type Bounds = { places: number[]; texts: Map<string, string> }
const bounds = new Map<string, Bounds>()
const PARAMETER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|(\blimit\s+)?\?(?!\d)/gi

/** With its limits written out: SQLite plans a statement anew each time that a limit is bound to it, which
 *  takes several times as long as running it. */
export const limitedBy = <V>(
  query: string,
  values: readonly V[],
): { sql: string; values: readonly V[] } => {
  let known = bounds.get(query)
  if (!known) {
    known = { places: [], texts: new Map() }
    let place = -1
    for (const [found, limit] of query.matchAll(PARAMETER)) {
      if (!found.endsWith('?')) continue
      place++
      if (limit !== undefined) known.places.push(place)
    }
    bounds.set(query, known)
  }
  const { places, texts } = known
  if (places.length === 0) return { sql: query, values }
  const limits = places.map(place => Number(values[place]))
  const key = limits.join()
  let sql = texts.get(key)
  if (sql === undefined) {
    let next = 0
    sql = query.replace(PARAMETER, (found, limit?: string) =>
      limit === undefined ? found : `${limit}${limits[next++]}`,
    )
    texts.set(key, sql)
  }
  return { sql, values: values.filter((_, place) => !places.includes(place)) }
}

const WRITES = /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)/i
const known = new Map<string, boolean>()

export const isWrite = (query: string): boolean => {
  let answer = known.get(query)
  if (answer === undefined) {
    answer = WRITES.test(query)
    known.set(query, answer)
  }
  return answer
}

const CREATES = /^\s*CREATE/i
export const isCreation = (query: string): boolean => CREATES.test(query)
