/** A session ends this long after it began, whatever happens, in milliseconds. */
export const SESSION_MS = 7 * 24 * 3_600_000
/** And this long after the last request that used it. Its last use is written every few minutes. */
export const IDLE_MS = 24 * 3_600_000

/** The server's row decides, never the cookie. At the very instant of expiry it is over. */
export const isLive = (session: { expiresAt: number; lastSeenAt: number }, now: number): boolean =>
  now < session.expiresAt && now < session.lastSeenAt + IDLE_MS
