import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { failed } from '../../../runner/core/retry.ts'
import { noRetry, type Retry } from '../../../runner/core/state.ts'
import { POLL_WAIT_MS } from '../../../runner/protocol/limits.ts'
import { sessionMessage } from '../../../runner/protocol/messages.ts'

type Reply = { status: number; body: Record<string, unknown>; retryAfterMs: number }

const REQUEST_MS = 30_000

/**
 * Many runners in one process, true to the protocol: keys, sessions with epochs, one held poll each,
 * and the product's own back-off. They have no steps.
 */
export class LightRunners {
  readonly server: string
  readonly all: LightRunner[] = []
  /** When each request left, of all of them. */
  readonly requests: { at: number; runner: number }[] = []
  readonly agent = new http.Agent({ keepAlive: true, maxSockets: 2_000, scheduling: 'lifo' })

  constructor(server: string) {
    this.server = server
  }

  /** @param tokens one for each */
  async enrol(tokens: string[], atOnce = 20): Promise<void> {
    const waiting = [...tokens]
    const one = async () => {
      for (let token = waiting.shift(); token !== undefined; token = waiting.shift()) {
        const runner = new LightRunner(this, this.all.length)
        this.all.push(runner)
        await runner.enrol(token)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, one))
  }

  start(): void {
    for (const runner of this.all) void runner.run()
  }

  /** Those that have been heard since then: a session or a poll was answered or is held. */
  back(since: number): number {
    return this.all.filter(({ heldSince, heardAt }) => Math.max(heldSince, heardAt) > since).length
  }

  async stop(): Promise<void> {
    for (const runner of this.all) runner.stop()
    this.agent.destroy()
    await delay(10)
  }
}

class LightRunner {
  readonly #family: LightRunners
  readonly #number: number
  readonly #key: KeyObject
  readonly #x: string
  readonly #stopping = new AbortController()
  #id = ''
  #session = ''
  #renewAt = 0
  #isStopped = false
  sessions = 0
  failures = 0
  /** When a request was last answered well. */
  heardAt = 0
  /** When a poll began that the server has taken in and holds. */
  heldSince = 0

  constructor(family: LightRunners, number: number) {
    this.#family = family
    this.#number = number
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    this.#key = privateKey
    this.#x = publicKey.export({ format: 'jwk' }).x as string
  }

  async enrol(token: string): Promise<void> {
    const answer = await this.#send('/enrolments', {
      token,
      publicKey: this.#x,
      facts: FACTS,
    })
    if (answer.status !== 200) throw new Error(`a light runner was refused: ${answer.status}`)
    this.#id = String(answer.body.runnerId)
  }

  async run(): Promise<void> {
    let retry: Retry = noRetry()
    while (!this.#isStopped) {
      const answer = await this.#turn()
      if (answer === 'ok') {
        retry = noRetry()
        continue
      }
      this.failures++
      const now = performance.now()
      retry = failed(retry, now, Math.random(), answer)
      await delay(retry.at - now, undefined, { signal: this.#stopping.signal }).catch(() => {})
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#stopping.abort()
  }

  /** How long the server wants it to wait, when it did not go well. */
  async #turn(): Promise<'ok' | number> {
    if (this.#session === '' || performance.now() >= this.#renewAt) return this.#open()
    const began = Date.now()
    const held = setTimeout(() => (this.heldSince = began), 500)
    const body = { waitMs: POLL_WAIT_MS, accepted: [], handled: [] }
    const answer = await this.#send('/poll', body, POLL_WAIT_MS + 15_000)
    clearTimeout(held)
    if (answer.status === 200) {
      this.heardAt = Date.now()
      return 'ok'
    }
    this.heldSince = 0
    if (answer.status === 401) this.#session = ''
    return answer.retryAfterMs
  }

  async #open(): Promise<'ok' | number> {
    const path = `/runners/${this.#id}`
    const nonce = await this.#send(`${path}/nonce`, {})
    if (nonce.status !== 200) return nonce.retryAfterMs
    const text = String(nonce.body.nonce)
    const signature = sign(null, sessionMessage(this.#id, text), this.#key).toString('base64url')
    const opened = await this.#send(`${path}/session`, {
      nonce: text,
      signature,
      facts: FACTS,
      attempts: [],
    })
    if (opened.status !== 200) return opened.retryAfterMs
    this.sessions++
    this.heardAt = Date.now()
    this.#session = String(opened.body.session)
    this.#renewAt = performance.now() + Number(opened.body.ttlMs) - 60_000
    return 'ok'
  }

  #send(path: string, json: unknown, timeout = REQUEST_MS): Promise<Reply> {
    const body = JSON.stringify(json)
    this.#family.requests.push({ at: Date.now(), runner: this.#number })
    return new Promise(resolve => {
      const lost = () => resolve({ status: 0, body: {}, retryAfterMs: 0 })
      const request = http.request(
        `${this.#family.server}/runner/v1${path}`,
        {
          agent: this.#family.agent,
          method: 'POST',
          timeout,
          signal: this.#stopping.signal,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...(this.#session && { authorization: `Bearer ${this.#session}` }),
          },
        },
        response => {
          const chunks: Buffer[] = []
          response.on('data', chunk => chunks.push(chunk))
          response.once('error', lost)
          response.once('end', () => {
            const seconds = Number(response.headers['retry-after'] ?? 0)
            const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : 0
            resolve({ status: response.statusCode ?? 0, body: parsed(chunks), retryAfterMs })
          })
        },
      )
      request.once('timeout', () => request.destroy())
      request.once('error', lost)
      request.end(body)
    })
  }
}

const parsed = (chunks: Buffer[]): Record<string, unknown> => {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return {}
  }
}

const FACTS = {
  hostname: 'light',
  os: 'Linux',
  arch: 'x64',
  runnerVersion: '0.1.0',
  protocolVersion: 1,
  runtime: 'node',
  bootId: 'light',
  shells: [],
}
