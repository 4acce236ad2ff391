import type { Before } from '../core/events.ts'
import type { Grant } from '../protocol/messages.ts'
import type { Result } from '../result.ts'

/** `elapsedMs` of its time-out have gone by since the claim. */
export type BeforeStart = Before & { elapsedMs: number }

/** What the daemon tells a supervisor on its standard input, a JSON line each. The grant holds
 *  secrets: it goes by this pipe only, never by disk, command line or environment. */
export type Order =
  | ({ type: 'run'; grant: Grant } & BeforeStart)
  | { type: 'cancel'; attempt: string; reason: string }

/** What a supervisor hints on its standard output. The truth is on disk: hints may be lost. */
export type Hint =
  | { type: 'taken'; attempt: string }
  | { type: 'spooled'; attempt: string; bytes: number }
  | { type: 'ended'; attempt: string; result: Result }

/** Complete lines of a stream, as they come. */
export const lineReader = (onLine: (line: string) => void) => {
  let parts: string[] = []
  return (text: string): void => {
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      parts.push(text.slice(start, end))
      onLine(parts.join(''))
      parts = []
      start = end + 1
    }
    if (start < text.length) parts.push(text.slice(start))
  }
}
