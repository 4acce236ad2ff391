/** What one SQL text holds, as far as the host must know before the engine sees it. */
export interface SqlShape {
  /** The first keyword of each statement, upper case, in order. */
  readonly keywords: readonly string[]
  /** Parameters of the first statement by index: their name with its prefix, or undefined for a bare `?`. */
  readonly parameters: readonly (string | undefined)[]
  /** True when no statement can change the database or the connection. */
  readonly readOnly: boolean
  /** True for a plain `BEGIN`, whose transaction may or may not come to write. */
  readonly opensTransaction: boolean
  /** True when a statement changes tables, so that prepared statements must be made anew. */
  readonly changesSchema: boolean
  /** True when a statement changes settings of the connection. */
  readonly changesConnection: boolean
}

const REMEMBERED_SHAPES = 500
const LONGEST_REMEMBERED = 20_000
const shapes = new Map<string, SqlShape>()

/** Reads the shape of a SQL text; the last 500 short texts are remembered. */
export const shapeOf = (sql: string): SqlShape => {
  const known = shapes.get(sql)
  if (known !== undefined) return known
  const shape = readShape(sql)
  if (sql.length <= LONGEST_REMEMBERED) {
    const oldest = shapes.size >= REMEMBERED_SHAPES ? shapes.keys().next().value : undefined
    if (oldest !== undefined) shapes.delete(oldest)
    shapes.set(sql, shape)
  }
  return shape
}

const NEVER_WRITES = new Set(['SELECT', 'VALUES', 'EXPLAIN'])
const ENDS_TRANSACTION = new Set(['COMMIT', 'END', 'ROLLBACK'])
const SCHEMA = new Set(['CREATE', 'ALTER', 'DROP', 'VACUUM', 'REINDEX'])
const WRITES_INSIDE_WITH = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE'])

const readShape = (sql: string): SqlShape => {
  const statements = splitTokens(sql)
  const keywords = statements.map(tokens => tokens[0]?.toUpperCase() ?? '')
  const readOnly = (tokens: readonly string[], keyword: string): boolean => {
    if (NEVER_WRITES.has(keyword) || ENDS_TRANSACTION.has(keyword)) return true
    if (keyword === 'BEGIN') {
      const mode = tokens.map(token => token.toUpperCase())
      return !mode.includes('IMMEDIATE') && !mode.includes('EXCLUSIVE')
    }
    return keyword === 'WITH' && !tokens.some(token => WRITES_INSIDE_WITH.has(token.toUpperCase()))
  }
  return {
    keywords,
    parameters: numberParameters(statements[0] ?? []),
    readOnly: statements.every((tokens, index) => readOnly(tokens, keywords[index] ?? '')),
    opensTransaction: statements.some(
      (tokens, index) =>
        keywords[index] === 'BEGIN' && !tokens.some(token => token.toUpperCase() === 'READONLY'),
    ),
    changesSchema: keywords.some(keyword => SCHEMA.has(keyword)),
    changesConnection: keywords.includes('PRAGMA'),
  }
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|\?\d*|[:@#][\w$\u0080-\uffff]+|\$[\w$\u0080-\uffff]+(?:::[\w$\u0080-\uffff]+)*(?:\([^)]*\))?|[\w\u0080-\uffff][\w$.\u0080-\uffff]*|;|[\s\S]/g
const SILENT = /^(?:\s|--|\/\*)/

/** Splits into statements of tokens. A trigger's body keeps its semicolons: as in `sqlite3_complete`,
 *  it ends only at the semicolon after an END that itself follows a semicolon. */
const splitTokens = (sql: string): string[][] => {
  const statements: string[][] = []
  let tokens: string[] = []
  for (const [token] of sql.matchAll(TOKEN)) {
    if (SILENT.test(token)) continue
    if (token !== ';') tokens.push(token)
    else if (isTrigger(tokens) && !endsTrigger(tokens)) tokens.push(token)
    else if (tokens.length > 0) {
      statements.push(tokens)
      tokens = []
    }
  }
  if (tokens.length > 0) statements.push(tokens)
  return statements
}

const isTrigger = (tokens: readonly string[]): boolean => {
  const words = tokens.slice(0, 6).map(token => token.toUpperCase())
  const create = words.indexOf('CREATE')
  if (create < 0) return false
  const next = words[create + 1]
  return (
    next === 'TRIGGER' || (next?.startsWith('TEMP') === true && words[create + 2] === 'TRIGGER')
  )
}

const endsTrigger = (tokens: readonly string[]): boolean =>
  tokens.at(-1)?.toUpperCase() === 'END' && tokens.at(-2) === ';'

/** Numbers parameters as SQLite does: `?` is one more than the largest so far, `?5` is 5, a repeated
 *  name keeps its first number. */
const numberParameters = (tokens: readonly string[]): (string | undefined)[] => {
  const names: (string | undefined)[] = []
  for (const token of tokens) {
    if (token === '?') names.push(undefined)
    else if (token[0] === '?') {
      const index = Number(token.slice(1))
      if (index < 1 || index > 32_766) continue
      while (names.length < index) names.push(undefined)
      names[index - 1] = token
    } else if (token.length > 1 && ':@#$'.includes(token[0] ?? ' ') && !names.includes(token)) {
      names.push(token)
    }
  }
  return names
}
