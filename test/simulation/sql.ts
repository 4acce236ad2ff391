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
    return this.prepared(query).all(...values) as Row[]
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
