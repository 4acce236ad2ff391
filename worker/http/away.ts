import { Problem } from './problem.ts'

const RETRY_AFTER_S = 5
const MAX_CAUSES = 4
/** What the database's client says when nobody answers it, or not in time. */
const AWAY = /Network connection lost|fetch failed|Server returned HTTP status 50[234]/
const BUSY = /^(SQLITE_BUSY|SQLITE_LOCKED)/

/** What the server itself depends on is away for the moment: no defect, and worth trying again. */
export const awayProblem = (error: unknown): Problem | undefined => {
  let each = error
  for (let depth = 0; each instanceof Error && depth < MAX_CAUSES; depth++) {
    const code = 'code' in each ? String(each.code) : ''
    const isRetryable = 'retryable' in each && each.retryable === true
    if (isRetryable || AWAY.test(each.message) || BUSY.test(code))
      return new Problem(
        'unavailable',
        'The database cannot be reached at the moment. Try again in a few seconds.',
        { retryAfter: RETRY_AFTER_S },
      )
    each = each.cause
  }
  return undefined
}
