import Database from 'libsql'
import { fromEngine, StatementError } from './errors.ts'
import type { Statement, StatementResult, Value } from './messages.ts'
import { type SqlShape, shapeOf } from './sql.ts'

type Bound = null | bigint | number | string | Uint8Array

/** The part of a prepared statement that the package's types leave out or widen. */
interface Prepared {
  readonly reader: boolean
  raw(on: boolean): this
  safeIntegers(on: boolean): this
  run(parameters: Bound[]): { changes: number; lastInsertRowid: number | bigint }
  iterate(parameters: Bound[]): Iterable<unknown[]>
  columns(): { name: string; type: string | null }[]
  interrupt(): void
}

const KEPT_STATEMENTS = 200
const MAX_RESULT_BYTES = 32 * 1024 * 1024
const SETTINGS = 'PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;'

/** One connection of the engine. It never waits for a lock: a locked database is an error at once,
 *  since this thread's own other work could be what holds the lock. */
export class Connection {
  readonly #database: InstanceType<typeof Database>
  readonly #readOnly: boolean
  readonly #prepared = new Map<string, Prepared>()
  #schema: number
  #unsettled = false

  constructor(file: string, readOnly: boolean) {
    this.#database = new Database(file, { timeout: 0 })
    this.#readOnly = readOnly
    this.#schema = schemaVersion
    this.#settle()
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  /** Runs one statement to its end. Throws a `StatementError`. */
  run(sql: string, stmt: Pick<Statement, 'args' | 'namedArgs'>): StatementResult {
    const shape = this.#admit(sql)
    if (shape.keywords.length === 0) {
      throw new StatementError('SQL string does not contain any statement', 'SQL_NO_STATEMENT')
    }
    if (shape.keywords.length > 1) {
      throw new StatementError('SQL string contains more than one statement', 'SQL_MANY_STATEMENTS')
    }
    const parameters = bind(shape.parameters, stmt)
    const prepared = this.#prepare(sql)
    try {
      return prepared.reader
        ? this.#read(prepared, parameters, shape)
        : this.#write(prepared, parameters, shape)
    } catch (error) {
      throw fromEngine(error, 'run')
    }
  }

  /** Runs any number of statements, without arguments and results, up to the first that fails. */
  runAll(sql: string): void {
    this.#admit(sql)
    try {
      this.#database.exec(sql)
    } catch (error) {
      throw fromEngine(error, 'run')
    }
  }

  describe(sql: string): {
    params: { name: string | null }[]
    cols: { name: string; decltype: string | null }[]
    is_explain: boolean
    is_readonly: boolean
  } {
    const shape = this.#admit(sql)
    const prepared = this.#prepare(sql)
    return {
      params: shape.parameters.map(name => ({ name: name ?? null })),
      cols: prepared.columns().map(column => ({ name: column.name, decltype: column.type })),
      is_explain: shape.keywords[0] === 'EXPLAIN',
      is_readonly: shape.readOnly,
    }
  }

  /** Ends what the last user left behind, so that the next one finds a fresh connection. */
  reset(): void {
    if (this.inTransaction) this.#database.exec('ROLLBACK')
    if (this.#unsettled) this.#settle()
  }

  close(): void {
    this.#prepared.clear()
    this.#database.close()
  }

  #settle(): void {
    this.#database.exec(SETTINGS + (this.#readOnly ? 'PRAGMA query_only = ON;' : ''))
    this.#unsettled = false
  }

  #admit(sql: string): SqlShape {
    const shape = shapeOf(sql)
    const foreign = shape.keywords.find(keyword => keyword === 'ATTACH' || keyword === 'DETACH')
    if (foreign !== undefined) {
      throw new StatementError(`unsupported statement: ${foreign}`, 'SQL_PARSE_ERROR')
    }
    if (shape.changesConnection) this.#unsettled = true
    if (shape.changesSchema) schemaVersion += 1
    return shape
  }

  #prepare(sql: string): Prepared {
    if (this.#schema !== schemaVersion) {
      this.#prepared.clear()
      this.#schema = schemaVersion
    }
    const kept = this.#prepared.get(sql)
    if (kept !== undefined) return kept
    try {
      const made = this.#database.prepare(sql) as unknown as Prepared
      if (made.reader) made.raw(true).safeIntegers(true)
      if (this.#prepared.size >= KEPT_STATEMENTS) {
        const oldest = this.#prepared.keys().next().value
        if (oldest !== undefined) this.#prepared.delete(oldest)
      }
      this.#prepared.set(sql, made)
      return made
    } catch (error) {
      throw fromEngine(error, 'prepare')
    }
  }

  #write(prepared: Prepared, parameters: Bound[], shape: SqlShape): StatementResult {
    const { changes, lastInsertRowid } = prepared.run(parameters)
    return {
      cols: [],
      rows: [],
      affected_row_count: changes,
      last_insert_rowid: inserts(shape) ? String(lastInsertRowid) : null,
    }
  }

  #read(prepared: Prepared, parameters: Bound[], shape: SqlShape): StatementResult {
    const rows = collect(prepared, parameters)
    const cols = prepared.columns().map(({ name, type }) => ({ name, decltype: type }))
    if (shape.readOnly) {
      return { cols, rows, affected_row_count: 0, last_insert_rowid: null }
    }
    const counters = this.#prepare('SELECT changes(), last_insert_rowid()')
    const [[changes, rowid] = []] = [...counters.iterate([])]
    return {
      cols,
      rows,
      affected_row_count: Number(changes),
      last_insert_rowid: inserts(shape) ? String(rowid) : null,
    }
  }
}

/** Raised whenever a connection may have changed tables: all connections of the thread prepare anew. */
let schemaVersion = 0

const inserts = (shape: SqlShape): boolean =>
  shape.keywords[0] === 'INSERT' || shape.keywords[0] === 'REPLACE'

/** A statement left unfinished would hold its snapshot for good, so one that grows too large is
 *  interrupted and stepped until the engine lets go of it. */
const collect = (prepared: Prepared, parameters: Bound[]): Value[][] => {
  const rows: Value[][] = []
  let bytes = 0
  try {
    for (const row of prepared.iterate(parameters)) {
      if (bytes > MAX_RESULT_BYTES) prepared.interrupt()
      else {
        rows.push(row.map(encode))
        for (const cell of row) bytes += sizeOf(cell)
      }
    }
  } catch (error) {
    if (bytes <= MAX_RESULT_BYTES) throw error
  }
  if (bytes <= MAX_RESULT_BYTES) return rows
  throw new StatementError(
    `Response is too large: a statement may answer ${MAX_RESULT_BYTES} bytes. Read it in pages.`,
    'RESPONSE_TOO_LARGE',
  )
}

const sizeOf = (cell: unknown): number =>
  typeof cell === 'string' || cell instanceof Uint8Array ? cell.length + 20 : 20

const encode = (cell: unknown): Value => {
  if (typeof cell === 'string') return { type: 'text', value: cell }
  if (typeof cell === 'bigint') return { type: 'integer', value: cell.toString() }
  if (typeof cell === 'number') return { type: 'float', value: cell }
  if (cell instanceof Uint8Array) {
    return { type: 'blob', base64: Buffer.from(cell).toString('base64') }
  }
  return { type: 'null' }
}

const decode = (value: Value): Bound => {
  if (value.type === 'null') return null
  if (value.type === 'integer') return BigInt(value.value)
  if (value.type === 'blob') return Buffer.from(value.base64, 'base64')
  return value.value
}

const bind = (
  names: SqlShape['parameters'],
  { args, namedArgs }: Pick<Statement, 'args' | 'namedArgs'>,
): Bound[] => {
  if (namedArgs.length === 0) {
    if (args.length > names.length) {
      throw mismatch(`too many parameters, expected ${names.length} found ${args.length}`)
    }
    if (args.length < names.length) {
      throw mismatch(`value for parameter ${names[args.length] ?? args.length + 1} not found`)
    }
    return args.map(decode)
  }
  if (args.length > 0) {
    throw new StatementError(
      'Specifying both positional and named arguments is not supported',
      'ARGS_BOTH_POSITIONAL_AND_NAMED',
    )
  }
  const given = new Map(namedArgs.map(({ name, value }) => [name, value]))
  return names.map((name, index) => {
    const value = name && (given.get(name) ?? given.get(name.slice(1)))
    if (!value) throw mismatch(`value for parameter ${name ?? index + 1} not found`)
    return decode(value)
  })
}

const mismatch = (message: string): StatementError =>
  new StatementError(`Arguments do not match SQL parameters: ${message}`, 'ARGS_INVALID')
