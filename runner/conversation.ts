import { type KeyObject, randomUUID } from 'node:crypto'
import type { Effect, Event } from './core/events.ts'
import type { Session } from './core/state.ts'
import { collectFacts } from './facts.ts'
import type { Home } from './home.ts'
import { type Identity, proofsOf, signSession } from './identity.ts'
import { crc32c } from './protocol/crc32c.ts'
import type { Facts } from './protocol/enrolment.ts'
import { POLL_WAIT_MS } from './protocol/limits.ts'
import {
  absenceReply,
  artifactReply,
  completeReply,
  type Grant,
  grant as grantSchema,
  logReply,
  nonceReply,
  pollReply,
  sessionReply,
} from './protocol/messages.ts'
import type { Server } from './server.ts'
import { readRecords, readSpool, syncSpool } from './spool-reader.ts'
import { artifactFile } from './supervisor/artifacts.ts'

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>

/** What is said within a session. */
export type Request = Of<'poll' | 'report-absence' | 'claim' | 'upload' | 'hand-in' | 'complete'>

/** Every message the daemon sends, each answered by the event that tells the core of it. */
export class Conversation {
  readonly #identity: Identity
  readonly #key: KeyObject
  readonly #server: Server
  readonly #say: (line: string) => void
  readonly #facts: Facts
  readonly #closing = new AbortController()
  /** This process, and no other one with the same key. */
  readonly #instance = randomUUID()
  #prove: ReturnType<typeof proofsOf> | undefined
  #lastComplaint = ''

  constructor(options: {
    home: Home
    identity: Identity
    key: KeyObject
    server: Server
    say: (line: string) => void
  }) {
    this.#identity = options.identity
    this.#key = options.key
    this.#server = options.server
    this.#say = options.say
    this.#facts = collectFacts(options.home.root)
  }

  close(): void {
    this.#closing.abort()
    this.#server.close()
  }

  /** What became of a request within a session; a grant that came goes to `onGrant`. */
  async ask(
    effect: Request,
    session: Session,
    { folder, onGrant }: { folder: string; onGrant: (grant: Grant, claimedAt: number) => void },
  ): Promise<Event> {
    if (effect.type === 'poll') return this.poll(effect, session)
    if (effect.type === 'report-absence') return this.reportAbsence(effect, session)
    if (effect.type === 'claim') {
      const { event, grant } = await this.claim(effect, session)
      if (grant && event.type === 'granted') onGrant(grant, event.sentAt)
      return event
    }
    if (effect.type === 'upload' && effect.isBinding) syncSpool(folder)
    if (effect.type === 'upload')
      return this.upload(effect, readRecords(folder, effect.offset, effect.limit), session)
    if (effect.type === 'hand-in')
      return this.handIn(effect, artifactFile(folder, effect.artifact.sha256), session)
    const { from, result } = effect
    return this.complete(effect, readSpool(folder, from, result.finalOffset - from), session)
  }

  async openSession({ attempts }: Of<'open-session'>): Promise<Event> {
    const { runnerId } = this.#identity
    const path = `/runners/${runnerId}`
    const nonce = await this.#server.send(nonceReply, { path: `${path}/nonce`, json: {} })
    if (!nonce.ok) return this.#failed(nonce)
    const signature = signSession(this.#key, runnerId, nonce.value.nonce)
    const json = {
      nonce: nonce.value.nonce,
      signature,
      facts: this.#facts,
      attempts,
      instance: this.#instance,
      proofs: true,
    }
    const answer = await this.#server.send(sessionReply, { path: `${path}/session`, json })
    if (!answer.ok) return this.#failed(answer)
    this.#lastComplaint = ''
    this.#prove = proofsOf(this.#key, { runnerId, epoch: answer.value.epoch })
    return { type: 'session-opened', reply: answer.value, sentAt: answer.sentAt }
  }

  async poll({ accepted, handled, report }: Of<'poll'>, session: Session): Promise<Event> {
    const answer = await this.#server.send(pollReply, {
      path: '/poll',
      session: session.token,
      json: { waitMs: POLL_WAIT_MS, accepted, handled, ...(report && { report }) },
      timeoutMs: POLL_WAIT_MS + 15_000,
      signal: this.#closing.signal,
    })
    if (answer.ok) return { type: 'poll-answered', reply: answer.value, handled }
    return { type: 'poll-failed', epoch: session.epoch, failure: answer.failure }
  }

  async claim(
    { attempt, fence }: Of<'claim'>,
    session: Session,
  ): Promise<{ event: Event; grant?: Grant }> {
    const answer = await this.#server.send(grantSchema, {
      path: `/attempts/${attempt}/claim`,
      session: session.token,
      json: { fence },
      prove: this.#prove,
    })
    if (!answer.ok)
      return {
        event: { type: 'claim-failed', attempt, epoch: session.epoch, failure: answer.failure },
      }
    const { ttlMs, logIntervalMs, packages, maximumReboots } = answer.value
    const needsPackages = packages.length > 0
    return {
      event: {
        type: 'granted',
        attempt,
        sentAt: answer.sentAt,
        ttlMs,
        logIntervalMs,
        needsPackages,
        ...(maximumReboots && { maximumReboots }),
      },
      grant: answer.value,
    }
  }

  async upload(
    { attempt, fence, offset }: Of<'upload'>,
    bytes: Buffer,
    session: Session,
  ): Promise<Event> {
    const answer = await this.#server.send(logReply, {
      path: `/attempts/${attempt}/log?offset=${offset}&fence=${fence}&crc=${crc32c(bytes)}`,
      session: session.token,
      bytes,
    })
    if (answer.ok)
      return { type: 'log-answered', attempt, sentAt: answer.sentAt, reply: answer.value }
    return { type: 'log-failed', attempt, epoch: session.epoch, failure: answer.failure }
  }

  /** The bytes are read as they are sent; a file that is gone is as good as refused. */
  async handIn(
    { attempt, fence, artifact }: Of<'hand-in'>,
    path: string,
    session: Session,
  ): Promise<Event> {
    const { name, sha256, sizeBytes } = artifact
    const query = new URLSearchParams({ name, sha256, size: `${sizeBytes}`, fence: `${fence}` })
    const answer = await this.#server.send(artifactReply, {
      method: 'PUT',
      path: `/attempts/${attempt}/artifacts?${query}`,
      session: session.token,
      file: { path, sizeBytes },
    })
    if (answer.ok) return { type: 'hand-in-answered', attempt, sentAt: answer.sentAt }
    return { type: 'hand-in-failed', attempt, epoch: session.epoch, failure: answer.failure }
  }

  async complete(
    { attempt, fence, from, result }: Of<'complete'>,
    rest: Buffer,
    session: Session,
  ): Promise<Event> {
    const answer = await this.#server.send(completeReply, {
      path: `/attempts/${attempt}/complete`,
      session: session.token,
      json: {
        fence,
        ...result,
        ...(rest.length > 0 && { tail: { offset: from, bytes: rest.toString('base64') } }),
      },
      prove: this.#prove,
    })
    if (answer.ok) return { type: 'complete-answered', attempt, reply: answer.value }
    return { type: 'complete-failed', attempt, epoch: session.epoch, failure: answer.failure }
  }

  async reportAbsence({ absent }: Of<'report-absence'>, session: Session): Promise<Event> {
    const answer = await this.#server.send(absenceReply, {
      path: '/absences',
      session: session.token,
      json: { absent },
    })
    if (answer.ok) return { type: 'absence-answered', absent }
    // One that does not know this message learns of it with the next session.
    const isUnknown = answer.failure.kind === 'refused' && answer.failure.error === 'invalid'
    if (isUnknown) return { type: 'absence-answered', absent }
    return { type: 'absence-failed', epoch: session.epoch, failure: answer.failure }
  }

  /** The bytes of a package that the grant names. */
  download({ attempt, fence }: Grant, sha256: string, session: Session) {
    return this.#server.download({
      path: `/attempts/${attempt}/packages/${sha256}?fence=${fence}`,
      session: session.token,
      signal: this.#closing.signal,
    })
  }

  /** The same trouble is told once, not at every try. */
  #failed({
    failure,
    message,
  }: {
    failure: Extract<Event, { type: 'session-failed' }>['failure']
    message: string
  }): Event {
    const complaint = `No session with ${this.#identity.server}: ${message}`
    if (complaint !== this.#lastComplaint && !this.#closing.signal.aborted) this.#say(complaint)
    this.#lastComplaint = complaint
    return { type: 'session-failed', failure }
  }
}
