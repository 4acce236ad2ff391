import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32c } from '../../runner/protocol/crc32c.ts'
import { enrolmentRequest } from '../../runner/protocol/enrolment.ts'
import { type LogRecord, parseRecord } from '../../runner/protocol/log-record.ts'
import {
  type Absent,
  absenceRequest,
  type CompleteRequest,
  type Control,
  claimRequest,
  completeRequest,
  type Grant,
  type GrantedVariable,
  type Journalled,
  pollRequest,
  type Report,
  sessionRequest,
} from '../../runner/protocol/messages.ts'
import type { Refusal } from '../../runner/protocol/refusal.ts'
import type { Release } from '../../runner/protocol/release.ts'
import { sessionMessage } from '../../runner/protocol/signatures.ts'

type Work = {
  grant: Grant
  log: Buffer
  claims: number
  uploads: number
  artifacts: Map<string, Buffer>
  completion?: CompleteRequest
  cancel?: string
  acknowledgedOffer: boolean
  /** Its offer is repeated until it is claimed again. */
  isForgotten?: boolean
}

export type WorkRequest = {
  actionType?: string
  properties?: Record<string, string>
  variables?: GrantedVariable[]
  packages?: Grant['packages']
  timeoutMs?: number
  cancelGraceMs?: number
  maximumReboots?: number
  fetchAnew?: boolean
}

class Refused extends Error {
  readonly status: number
  readonly refusal: Refusal
  constructor(status: number, error: Refusal['error'], message: string, next?: number) {
    super(message)
    this.status = status
    this.refusal = { error, message, ...(next !== undefined && { next }) }
  }
}

/** The server's side of the protocol, in memory, over real HTTP, for one runner at a time. */
export class ProtocolServer {
  readonly tokens = new Set<string>()
  readonly packages = new Map<string, Buffer>()
  readonly sessions: Journalled[][] = []
  readonly outputsKey = randomBytes(32).toString('base64')
  logIntervalMs = 50
  sealsAtOnce = true
  refusesArtifacts = false
  /** The next claim is refused as of something unknown, and offered again at once. */
  forgetsNextClaim = false
  /** What the runner has ended because we wanted it. */
  readonly absent: Absent[] = []
  /** What the runner last said of its machine. */
  report: Report | undefined
  /** A newer runner, as it is announced, and its bytes. */
  release: Release | undefined
  program = ''
  /** Answers 503 while true. */
  isDown = false
  readonly #works = new Map<string, Work>()
  readonly #controls: Control[] = []
  readonly #keys = new Map<string, string>()
  readonly #nonces = new Set<string>()
  readonly #http: http.Server
  readonly #changes: (() => void)[] = []
  #endPoll: ((superseded: boolean) => void) | undefined
  #epoch = 0
  #session = ''
  #count = 0

  private constructor() {
    this.#http = http.createServer((request, response) => {
      void this.#answer(request, response)
    })
    this.#http.keepAliveTimeout = 60_000
  }

  static async start(): Promise<ProtocolServer> {
    const server = new ProtocolServer()
    server.#http.listen(0, '127.0.0.1')
    await once(server.#http, 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#endPoll?.(true)
    this.#http.closeAllConnections()
    this.#http.close()
  }

  token(): string {
    const token = randomBytes(16).toString('hex')
    this.tokens.add(token)
    return token
  }

  /** Offers work; answers the attempt's id. */
  offer(request: WorkRequest): string {
    this.#count += 1
    const attempt = `Deployments-1:${this.#count}`
    const grant: Grant = {
      attempt,
      fence: this.#count,
      ttlMs: 60_000,
      logIntervalMs: this.logIntervalMs,
      outputsKey: this.outputsKey,
      actionType: request.actionType ?? 'Octopus.Script',
      stepName: 'Hello',
      properties: request.properties ?? {},
      variables: request.variables ?? [],
      packages: request.packages ?? [],
      timeoutMs: request.timeoutMs ?? 0,
      cancelGraceMs: request.cancelGraceMs ?? 10_000,
      ...(request.maximumReboots && { maximumReboots: request.maximumReboots }),
      ...(request.fetchAnew && { fetchAnew: true }),
    }
    this.#works.set(attempt, {
      grant,
      log: Buffer.alloc(0),
      claims: 0,
      uploads: 0,
      artifacts: new Map(),
      acknowledgedOffer: false,
    })
    this.#endPoll?.(false)
    return attempt
  }

  bash(body: string, request: WorkRequest = {}): string {
    return this.offer({
      ...request,
      properties: {
        'Octopus.Action.Script.Syntax': 'Bash',
        'Octopus.Action.Script.ScriptBody': body,
        ...request.properties,
      },
    })
  }

  /** Knows nothing of it any more: in the next session the runner is told to end it. */
  disown(attempt: string): void {
    this.#works.delete(attempt)
    this.#session = ''
    this.#endPoll?.(true)
  }

  cancel(attempt: string): void {
    this.work(attempt).cancel = 'Canceled by Ada'
    this.#controls.push({
      id: `cancel-${attempt}`,
      type: 'cancel',
      attempt,
      reason: 'Canceled by Ada',
    })
    this.#endPoll?.(false)
  }

  seal(attempt: string): void {
    this.#controls.push({ id: `sealed-${attempt}`, type: 'sealed', attempt })
    this.#endPoll?.(false)
  }

  /** Whether the runner has said that it carried this control out. */
  isHandled(id: string): boolean {
    return !this.#controls.some(control => control.id === id)
  }

  work(attempt: string): Work {
    const work = this.#works.get(attempt)
    if (!work) throw new Error(`no attempt ${attempt}`)
    return work
  }

  async completion(attempt: string): Promise<CompleteRequest> {
    return this.until(() => this.work(attempt).completion)
  }

  records(attempt: string): LogRecord[] {
    const text = this.work(attempt).log.toString('utf8')
    return text.split('\n').slice(0, -1).map(parseRecord)
  }

  lines(attempt: string): string[] {
    return this.records(attempt).map(({ text }) => text)
  }

  /** Waits for what `look` finds; looked at whenever the runner has said something. */
  async until<T>(look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined && found !== false) return found
      await new Promise<void>(resolve => this.#changes.push(resolve))
    }
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    try {
      if (this.isDown) throw new Refused(503, 'unavailable', 'down for a while')
      const url = new URL(request.url ?? '/', 'http://localhost')
      if (url.pathname === '/runner.mjs') {
        response.end(this.program)
        return
      }
      const value = await this.#route(url, Buffer.concat(chunks), request.headers.authorization)
      if (Buffer.isBuffer(value)) response.end(value)
      else this.#send(response, 200, value)
    } catch (error) {
      if (error instanceof Refused) this.#send(response, error.status, error.refusal)
      else this.#send(response, 400, { error: 'invalid', message: String(error).slice(0, 1_000) })
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#changes.splice(0)) wake()
  }

  #send(response: http.ServerResponse, status: number, value: unknown): void {
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(value))
  }

  async #route(url: URL, body: Buffer, authorization: string | undefined): Promise<unknown> {
    const parts = url.pathname.split('/').slice(3)
    const json = () => JSON.parse(body.toString('utf8')) as unknown
    if (parts[0] === 'enrolments') return this.#enrol(json())
    if (parts[0] === 'runners' && parts[2] === 'nonce') return this.#nonce(parts[1] as string)
    if (parts[0] === 'runners') return this.#openSession(parts[1] as string, json())
    if (authorization !== `Bearer ${this.#session}`)
      throw new Refused(401, 'unauthenticated', 'this session has ended')
    if (parts[0] === 'poll') return this.#poll(json())
    if (parts[0] === 'absences') {
      this.absent.push(...absenceRequest.parse(json()).absent)
      return { noted: true }
    }
    const work = this.#works.get(decodeURIComponent(parts[1] ?? ''))
    if (!work) throw new Refused(404, 'gone', 'no such attempt')
    if (parts[2] === 'claim') return this.#claim(work, json())
    if (parts[2] === 'log') return this.#append(work, url.searchParams, body)
    if (parts[2] === 'complete') return this.#complete(work, json())
    if (parts[2] === 'artifacts') return this.#handIn(work, url.searchParams, body)
    const bytes = this.packages.get(parts[3] ?? '')
    if (!bytes) throw new Refused(404, 'gone', 'no such package')
    return bytes
  }

  #enrol(json: unknown): unknown {
    const { token, publicKey, name } = enrolmentRequest.parse(json)
    if (!this.tokens.delete(token))
      throw new Refused(401, 'unauthenticated', 'the token is not known or has been used')
    const runnerId = `Runners-${this.#keys.size + 1}`
    this.#keys.set(runnerId, publicKey)
    return { runnerId, spaceId: 'Spaces-1', name: name ?? 'web-1' }
  }

  #nonce(runnerId: string): unknown {
    if (!this.#keys.has(runnerId)) throw new Refused(404, 'gone', 'no such runner')
    const nonce = randomBytes(16).toString('hex')
    this.#nonces.add(nonce)
    return { nonce }
  }

  #openSession(runnerId: string, json: unknown): unknown {
    const { nonce, signature, attempts } = sessionRequest.parse(json)
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: this.#keys.get(runnerId) ?? '' },
    })
    const signed = Buffer.from(signature, 'base64url')
    if (!this.#nonces.delete(nonce) || !verify(null, sessionMessage(runnerId, nonce), key, signed))
      throw new Refused(401, 'unauthenticated', 'the signature does not fit')
    this.#endPoll?.(true)
    this.sessions.push(attempts)
    this.#epoch += 1
    this.#session = randomBytes(16).toString('hex')
    return {
      session: this.#session,
      epoch: this.#epoch,
      ttlMs: 600_000,
      attempts: attempts.map(({ attempt }) => {
        const work = this.#works.get(attempt)
        const instruction = !work ? 'kill' : work.completion ? 'forget' : 'continue'
        return { attempt, instruction, next: work?.log.length ?? 0 }
      }),
      ...(this.release && { release: this.release }),
    }
  }

  async #poll(json: unknown): Promise<unknown> {
    const { accepted, handled, waitMs, report } = pollRequest.parse(json)
    if (report) this.report = report
    for (const id of handled) {
      const at = this.#controls.findIndex(control => control.id === id)
      if (at !== -1) this.#controls.splice(at, 1)
    }
    for (const attempt of accepted) {
      const work = this.#works.get(attempt)
      if (work && !work.isForgotten) work.acknowledgedOffer = true
    }
    this.#endPoll?.(true)
    this.#wake()
    const open = () =>
      [...this.#works.values()].filter(
        work => work.claims === 0 && !work.acknowledgedOffer && !work.completion,
      )
    let superseded = false
    if (open().length === 0 && this.#controls.length === 0) {
      superseded = await new Promise<boolean>(resolve => {
        const timer = setTimeout(() => resolve(false), waitMs)
        this.#endPoll = value => {
          clearTimeout(timer)
          resolve(value)
        }
      })
    }
    this.#endPoll = undefined
    const offers = superseded ? [] : open()
    return {
      offers: offers.map(({ grant: { attempt, fence } }) => ({
        attempt,
        fence,
        planHash: 'plan',
        ttlMs: 20_000,
      })),
      controls: superseded ? [] : [...this.#controls],
      ...(superseded && { superseded }),
    }
  }

  #claim(work: Work, json: unknown): unknown {
    if (claimRequest.parse(json).fence !== work.grant.fence)
      throw new Refused(409, 'stale', 'another fence holds')
    if (this.forgetsNextClaim) {
      this.forgetsNextClaim = false
      work.acknowledgedOffer = false
      work.isForgotten = true
      this.#endPoll?.(false)
      throw new Refused(410, 'gone', 'the attempt is not known')
    }
    work.claims += 1
    return work.grant
  }

  #handIn(work: Work, search: URLSearchParams, body: Buffer): unknown {
    if (work.completion) throw new Refused(410, 'gone', 'the attempt has ended')
    const sha256 = createHash('sha256').update(body).digest('hex')
    if (sha256 !== search.get('sha256')) throw new Refused(409, 'digest', 'other bytes')
    if (this.refusesArtifacts) throw new Refused(413, 'too_large', 'no artifacts here')
    work.artifacts.set(search.get('name') ?? '', body)
    return { stored: true }
  }

  #append(work: Work, search: URLSearchParams, body: Buffer): unknown {
    if (search.get('crc') !== crc32c(body)) throw new Refused(400, 'digest', 'damaged on the way')
    this.#take(work, Number(search.get('offset')), body)
    work.uploads += 1
    return {
      next: work.log.length,
      ttlMs: 60_000,
      intervalMs: this.logIntervalMs,
      ...(work.cancel && { cancel: true }),
    }
  }

  #take(work: Work, offset: number, body: Buffer): void {
    const next = work.log.length
    if (offset > next) throw new Refused(409, 'gap', 'bytes are missing', next)
    if (!work.log.subarray(offset).equals(body.subarray(0, next - offset)) && next > offset)
      if (body.length >= next - offset) throw new Refused(409, 'digest', 'other bytes than before')
    work.log = Buffer.concat([work.log, body.subarray(next - offset)])
  }

  #complete(work: Work, json: unknown): unknown {
    const request = completeRequest.parse(json)
    if (!work.completion) {
      if (request.tail)
        this.#take(work, request.tail.offset, Buffer.from(request.tail.bytes, 'base64'))
      if (work.log.length !== request.finalOffset)
        throw new Refused(409, 'gap', 'the log is not complete', work.log.length)
      work.completion = request
    }
    return { accepted: true, next: work.log.length, sealed: this.sealsAtOnce }
  }
}
