import { crc32c } from '../../runner/protocol/crc32c.ts'
import {
  LEASE_TTL_MS,
  LOG_CHUNK_BYTES,
  LOG_INTERVAL_MS,
  LOG_INTERVAL_WATCHED_MS,
} from '../../runner/protocol/limits.ts'
import type { CompleteRequest } from '../../runner/protocol/messages.ts'
import { fromBase64 } from '../access/digest.ts'
import type { ProofWindow } from '../runners/proof.ts'
import type { Event } from './event.ts'
import { type Attempt, attemptNumber, isActive } from './execution-state.ts'
import type { LiveDeployment } from './live.ts'
import { grantFor } from './manifest.ts'
import { outputsKeyText } from './outputs.ts'
import { unavailable } from './provisions.ts'
import { refused, refusedBy, UNKNOWN } from './refused.ts'
import { sha256Of } from './sha256.ts'
import type { LogChunkMessage, Refused, RunnerSurface, Session } from './surface.ts'
import { nodeOf } from './whereabouts.ts'

/** How often a completion that does not fit is asked for again. */
const MAX_TRIES = 3

/** Where a deployment's runners speak: each message is one event, and nothing is thrown at them. */
export class RunnerDesk implements Pick<RunnerSurface, 'claim' | 'appendLog' | 'complete'> {
  readonly #live: LiveDeployment
  readonly #proofs: ProofWindow
  readonly #refusals = new Map<string, number>()
  readonly #raised = new Set<string>()

  constructor(live: LiveDeployment, proofs: ProofWindow) {
    this.#live = live
    this.#proofs = proofs
  }

  async claim(session: Session, { attempt, fence }: { attempt: string; fence: number }) {
    const live = this.#live
    const number = attemptNumber(attempt)
    // The runner may be faster than the hub's answer, or the answer was lost.
    if (live.attempt(number)?.state === 'Pending') await live.offered()
    if (!live.current) return UNKNOWN
    const found = live.attempt(number)
    // What has ended is refused without its variables: they may not be there to be read any more.
    if (!found || !isActive(found)) return refusedBy(this.#take(session, attempt, fence).answer)
    try {
      const manifest = await live.manifests.get(live.current.inputs, live.current.execution)
      const outputsKey = await outputsKeyText(live.env, attempt)
      const { answer, claimed } = this.#take(session, attempt, fence)
      if (answer.type === 'refused' || !claimed) return refusedBy(answer)
      const logIntervalMs = this.#logInterval()
      const grant = grantFor(manifest, live.current.execution, claimed, {
        outputsKey,
        logIntervalMs,
      })
      return { type: 'granted' as const, grant }
    } catch (error) {
      return this.#unavailable(error)
    }
  }

  #take(session: Session, attempt: string, fence: number) {
    const number = attemptNumber(attempt)
    const event = { type: 'claim', ...session, attempt: number, fence } as const
    const answer = this.#live.apply(event, () => this.#proofs.store())
    const claimed = this.#live.attempt(number)
    const isWrong =
      answer.type === 'refused' &&
      answer.error !== 'unavailable' &&
      (!claimed || claimed.state === 'Offered')
    if (isWrong) this.#offerAnew(session, attempt)
    return { answer, claimed }
  }

  async appendLog(session: Session, message: LogChunkMessage) {
    const { attempt, fence, offset, bytes, crc } = message
    if (bytes.byteLength > LOG_CHUNK_BYTES)
      return refused('too_large', `A chunk may hold ${LOG_CHUNK_BYTES} bytes.`)
    if (crc32c(bytes) !== crc)
      return refused('invalid', 'The bytes do not agree with their CRC-32C.')
    const number = attemptNumber(attempt)
    const found = this.#live.attempt(number)
    if (!this.#live.current || !found) return UNKNOWN
    const reporter = { ...session, attempt: number, fence }
    const isNew = this.#live.log.nextWith(attempt, { offset, bytes }) > this.#live.log.next(attempt)
    const isOther = this.#live.log.differs(attempt, { offset, bytes })
    const answer = this.#live.apply(
      isActive(found) ? { type: 'renew', ...reporter } : { type: 'late-log', ...reporter, isNew },
    )
    if (answer.type === 'refused') return refusedBy(answer)
    if (isOther) this.#raise(attempt, found)
    const appended = this.#live.append(attempt, found, offset, bytes)
    if (appended.type === 'gap')
      return refused('gap', `Expected bytes from ${appended.next}; found ${offset}.`, appended.next)
    const reply = {
      next: appended.next,
      ttlMs: LEASE_TTL_MS,
      intervalMs: this.#logInterval(),
      // What has ended here and still runs there is to end there too.
      ...((found.stop || !isActive(found)) && { cancel: true }),
    }
    return { type: 'answered' as const, reply }
  }

  async complete(session: Session, attempt: string, request: CompleteRequest) {
    const live = this.#live
    const number = attemptNumber(attempt)
    const found = live.attempt(number)
    if (!live.current || !found) return UNKNOWN
    const { fence, outcome, exitCode, reason, warnings, tail, outputs, finalOffset } = request
    const reporter = { ...session, attempt: number, fence }
    const report = { type: 'complete', ...reporter, outcome, exitCode, reason, warnings } as const
    if (!isActive(found)) return this.#completeLate(attempt, report, tail)
    const renewed = live.apply({ type: 'renew', ...reporter })
    if (renewed.type === 'refused') return refusedBy(renewed)
    // Everything that has to be waited for comes before the first write: one commit in all.
    const rest = tail ? { offset: tail.offset, bytes: fromBase64(tail.bytes) } : NO_BYTES
    const here = live.log.nextWith(attempt, rest)
    if (here < finalOffset && this.#mayTryAgain(`${attempt}@${here}`)) {
      const appended = live.append(attempt, found, rest.offset, rest.bytes)
      const message = `The log is here up to ${appended.next} of ${finalOffset}.`
      return refused('gap', message, appended.next)
    }
    const sha256 = await sha256Of(live.log.bytesOf(attempt, rest))
    const isWhole =
      here === finalOffset && (sha256 === request.sha256 || live.log.isBlotted(attempt))
    if (!isWhole && this.#mayTryAgain(attempt))
      return refused('digest', 'The log that was sent does not agree with its digest.', here)
    const opened =
      outputs === null
        ? undefined
        : await live.manifests.open(live.current.execution, found, outputs)
    const isSealedWell = outputs === null || opened !== undefined
    if (!isSealedWell && this.#mayTryAgain(attempt))
      return refused('invalid', 'The outputs do not open with the key of the grant.')
    try {
      await live.ready()
    } catch (error) {
      return this.#unavailable(error)
    }
    // Others may have come in between: only the first report counts, and only its outputs.
    if (!isActive(live.attempt(number) ?? found)) return this.#completeLate(attempt, report, tail)
    const node = nodeOf(live.current.execution.plan, found)
    const rivals = opened ? live.manifests.add(opened) : []
    const answer = live.apply(isSealedWell ? report : { ...report, ...NO_OUTPUTS }, () => {
      this.#proofs.store()
      live.append(attempt, found, rest.offset, rest.bytes)
      for (const text of rivals) live.desk.note(node, 'warning', text)
      if (!isWhole) live.desk.note(node, 'error', 'The log above is not what the runner wrote.')
      if (outputs !== null && opened) live.storage.saveOutputs(number, outputs)
    })
    if (answer.type === 'refused') return refusedBy(answer)
    const next = live.log.next(attempt)
    return { type: 'answered' as const, reply: { accepted: true, next, sealed: false } }
  }

  /** Told once: the bytes that came first stand. */
  #raise(attempt: string, found: Attempt): void {
    const live = this.#live
    if (!live.current || this.#raised.has(attempt)) return
    this.#raised.add(attempt)
    console.error(JSON.stringify({ attempt, alarm: OTHER_BYTES }))
    live.desk.note(nodeOf(live.current.execution.plan, found), 'error', OTHER_BYTES)
    live.desk.tell()
  }

  /** The runner has an offer that is not the one that stands: it is to be given that one. */
  #offerAnew({ runnerId }: Session, attempt: string): void {
    const live = this.#live
    if (!live.current) return
    const hubs = live.hubs(live.current)
    live.background(hubs.forget(runnerId, attempt).then(() => live.dispatch()))
  }

  /** The first answer stands; what comes after the end is evidence, and frees a quarantine. */
  async #completeLate(
    attempt: string,
    report: Event & { type: 'complete' },
    tail: CompleteRequest['tail'],
  ) {
    const live = this.#live
    try {
      await live.ready()
    } catch (error) {
      return this.#unavailable(error)
    }
    const found = live.attempt(report.attempt)
    if (tail && found) {
      const { fence, runnerId, epoch } = report
      const reporter = { attempt: report.attempt, fence, runnerId, epoch }
      const bytes = fromBase64(tail.bytes)
      const isNew =
        live.log.nextWith(attempt, { offset: tail.offset, bytes }) > live.log.next(attempt)
      const late = { type: 'late-log', ...reporter, isNew } as const
      if (isNew && live.apply(late).type === 'done') live.append(attempt, found, tail.offset, bytes)
    }
    const answer = live.apply(report)
    if (answer.type === 'refused' || !live.current) return refusedBy(answer)
    const isLost = found?.state === 'Unknown'
    try {
      // The runner forgets it after this answer: nobody else would say so again for long.
      if (isLost) await live.hubs(live.current).lift(attempt)
    } catch (error) {
      return this.#unavailable(error)
    }
    const sealed = live.storage.isSealed || isLost
    const reply = { accepted: true, next: live.log.next(attempt), sealed }
    return { type: 'answered' as const, reply }
  }

  /** What cannot be put right by sending it again must not be asked for for ever. */
  #mayTryAgain(what: string): boolean {
    const tries = (this.#refusals.get(what) ?? 0) + 1
    this.#refusals.set(what, tries)
    return tries < MAX_TRIES
  }

  #logInterval(): number {
    return this.#live.desk.isWatched(Date.now()) ? LOG_INTERVAL_WATCHED_MS : LOG_INTERVAL_MS
  }

  #unavailable(error: unknown): Refused {
    return unavailable(this.#live, error)
  }
}

const OTHER_BYTES =
  'The runner sent other bytes for a part of this log that is here already. The first ones stand.'

const NO_OUTPUTS = {
  outcome: 'failed',
  reason: 'The step ended, but its output variables could not be read.',
} as const

const NO_BYTES = { offset: 0, bytes: new Uint8Array() }
