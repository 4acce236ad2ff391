import { setTimeout as delay } from 'node:timers/promises'
import type { Before } from '../core/events.ts'
import type { Grant } from '../protocol/messages.ts'
import type { Result } from '../result.ts'

/** A host that goes down asks all processes to end and makes them within seconds: this long a step
 *  that expects it waits for that, in milliseconds. */
export const GOING_DOWN_MS = 20_000

/** What a shell says of a program that SIGKILL or SIGTERM ended. */
const ENDED_FROM_OUTSIDE = [137, 143]

/** Whether being ended may be the restart that this step was declared to outlive. */
export const awaitsRestart = (
  { maximumReboots = 0 }: Pick<Grant, 'maximumReboots'>,
  { reboots = 0 }: Before,
): boolean => reboots < maximumReboots

/** Ended by somebody else's signal, as all are when their host goes down. */
export const wasEnded = ({ exitCode, signal }: Pick<Result, 'exitCode' | 'signal'>): boolean =>
  signal !== null || ENDED_FROM_OUTSIDE.includes(exitCode ?? 0)

/** When this resolves the host has not gone down: how the step ended is to be told. */
export const waitForRestart = async (stop: AbortSignal): Promise<void> => {
  try {
    await delay(GOING_DOWN_MS, undefined, { signal: stop })
  } catch {
    // Somebody wants it ended: nothing is to be waited for any more.
  }
}
