/** The request breaks the protocol: answered as plain text with this status, and the stream is closed. */
export class ProtocolError extends Error {
  readonly status: 400 | 413 | 503

  constructor(message: string, status: 400 | 413 | 503 = 400) {
    super(message)
    this.status = status
  }
}

/** A statement failed: answered inside the pipeline, with the code the client shows. */
export class StatementError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

const hasCode = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

export const isBusy = (error: unknown): boolean =>
  hasCode(error) && error.code.startsWith('SQLITE_BUSY')

const UNPARSED = /syntax error|incomplete input|unrecognized token/

/** An engine's error in the words of libSQL's own server. */
export const fromEngine = (error: unknown, during: 'prepare' | 'run'): StatementError => {
  if (error instanceof StatementError) return error
  if (!hasCode(error)) return new StatementError(String(error), 'SQLITE_UNKNOWN')
  if (during === 'prepare' && error.code === 'SQLITE_ERROR') {
    return UNPARSED.test(error.message)
      ? new StatementError(`SQL string could not be parsed: ${error.message}`, 'SQL_PARSE_ERROR')
      : new StatementError(`SQL input error: ${error.message}`, 'SQL_INPUT_ERROR')
  }
  return new StatementError(`SQLite error: ${error.message}`, error.code)
}
