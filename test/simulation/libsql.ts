import { readdirSync, readFileSync } from 'node:fs'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { current } from './here.ts'
import { isWrite, limitedBy, Sqlite } from './sql.ts'

export type Statement = string | { sql: string; args?: readonly unknown[] }
type Result = {
  columns: string[]
  rows: unknown[]
  rowsAffected: number
  lastInsertRowid: undefined
}

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url))
const CALL_MS = 1
const SLOW_MS = 6_000

/** A row as libSQL's client gives it: by name, and by number. */
class Row {
  readonly #cells: unknown[]
  constructor(columns: string[], cells: unknown[]) {
    this.#cells = cells
    for (const [index, name] of columns.entries())
      (this as Record<string, unknown>)[name] = cells[index]
  }
  get length() {
    return this.#cells.length
  }
  static cell(row: Row, index: number) {
    return row.#cells[index]
  }
}
for (let index = 0; index < 100; index++)
  Object.defineProperty(Row.prototype, index, {
    get(this: Row) {
      return Row.cell(this, index)
    },
  })

/**
 * libSQL, with the real migrations: one for all schedules of this process, each of which is undone
 * after it. Statements of a batch happen together or not at all.
 */
export class Libsql {
  /** After each batch that went through. */
  onCommit: () => void = () => undefined
  readonly #sqlite = new Sqlite()
  readonly #statements = new Map<
    string,
    { statement: StatementSync; columns: string[]; isPlainWrite: boolean }
  >()

  constructor() {
    for (const file of readdirSync(MIGRATIONS).sort())
      if (file.endsWith('.sql'))
        this.#sqlite.database.exec(readFileSync(`${MIGRATIONS}${file}`, 'utf8'))
    this.#sqlite.database.exec('PRAGMA foreign_keys = ON')
  }

  begin(): void {
    this.#sqlite.database.exec('SAVEPOINT schedule')
  }
  undo(): void {
    this.#sqlite.database.exec('ROLLBACK TO schedule; RELEASE schedule')
  }

  rows<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#sqlite.all(sql, values) as T[]
  }
  change(sql: string, ...values: SQLInputValue[]): void {
    this.#sqlite.prepared(sql).run(...values)
  }
  insert(table: string, row: Record<string, SQLInputValue>): void {
    const names = Object.keys(row)
    const marks = names.map(() => '?').join(', ')
    this.change(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`,
      ...Object.values(row),
    )
  }

  execute(statements: readonly Statement[]): Result[] {
    this.#sqlite.prepared('SAVEPOINT batch').run()
    try {
      const results = statements.map(each => this.#one(each))
      this.#sqlite.prepared('RELEASE batch').run()
      if (results.some(({ columns, rows }) => columns.length === 0 || rows.length === 0))
        this.onCommit()
      return results
    } catch (error) {
      this.#sqlite.prepared('ROLLBACK TO batch').run()
      this.#sqlite.prepared('RELEASE batch').run()
      throw error
    }
  }

  #one(given: Statement): Result {
    const whole = typeof given === 'string' ? { sql: given } : given
    const { sql, values: args } = limitedBy(whole.sql, whole.args ?? [])
    let known = this.#statements.get(sql)
    if (!known) {
      const statement = this.#sqlite.database.prepare(sql)
      statement.setReturnArrays(true)
      const columns = statement.columns().map(({ name }) => name)
      known = { statement, columns, isPlainWrite: isWrite(sql) && columns.length === 0 }
      this.#statements.set(sql, known)
    }
    const values = args.map(toValue)
    const { statement, columns, isPlainWrite } = known
    if (isPlainWrite) {
      const { changes } = statement.run(...values)
      return { columns, rows: [], rowsAffected: Number(changes), lastInsertRowid: undefined }
    }
    const cells = statement.all(...values) as unknown as unknown[][]
    const rows = cells.map(each => new Row(columns, each))
    return { columns, rows, rowsAffected: 0, lastInsertRowid: undefined }
  }
}

const toValue = (value: unknown): SQLInputValue =>
  value === undefined ? null : typeof value === 'boolean' ? Number(value) : (value as SQLInputValue)

let shared: Libsql | undefined
export const libsql = (): Libsql => {
  shared ??= new Libsql()
  return shared
}

/** What goes from the server to libSQL and back; either way may be lost. */
const ask = (statements: readonly Statement[]): Promise<Result[]> => {
  const { world } = current()
  const caller = world.turn?.life
  const where = caller?.name ?? '?'
  return new Promise((resolve, reject) => {
    world.output(() => {
      const { faults, chance } = world
      const answer = (ms: number, outcome: () => void) =>
        world.after(ms, caller, 'answer of libSQL', outcome)
      if (current().server.isLibsqlDown || faults.is('libsql-down', where)) {
        answer(CALL_MS, () => reject(new Error('simulated: libSQL is unreachable')))
        return
      }
      const slow = faults.is('libsql-slow', where)
        ? chance.whole('libsql-slow', 50, SLOW_MS)
        : CALL_MS
      world.after(slow, undefined, '', () => {
        try {
          const results = libsql().execute(statements)
          if (faults.is('libsql-lost-reply', where))
            answer(CALL_MS, () => reject(new Error('simulated: the answer of libSQL was lost')))
          else answer(CALL_MS, () => resolve(results))
        } catch (error) {
          world.say(`  libSQL: ${error instanceof Error ? error.message : error}`)
          answer(CALL_MS, () => reject(error))
        }
      })
    })
  })
}

/** The client that drizzle stands on. */
export const client = {
  execute: async (statement: Statement) => (await ask([statement]))[0],
  batch: (statements: readonly Statement[]) => ask(statements),
  transaction: () =>
    Promise.reject(new Error('interactive transactions are not part of the model')),
  close: () => undefined,
}
