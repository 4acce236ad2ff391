import type { Retry } from './state.ts'

const BASE_MS = 500
const CAP_MS = 5_000
const LATE_CAP_MS = 10_000
const LATE_AFTER_MS = 120_000

/** The next try after one more failure: full jitter under a doubling cap; never sooner than the
 *  server asked for. `random` in [0, 1). */
export const failed = (retry: Retry, now: number, random: number, retryAfterMs = 0): Retry => {
  const since = retry.failures === 0 ? now : retry.since
  const cap = now - since > LATE_AFTER_MS ? LATE_CAP_MS : CAP_MS
  const failures = Math.min(retry.failures + 1, 30)
  const delay = random * Math.min(cap, BASE_MS * 2 ** (failures - 1))
  return { failures, since, at: now + retryAfterMs + delay }
}
