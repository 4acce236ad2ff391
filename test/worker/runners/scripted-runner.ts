import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { crc32c } from '../../../runner/protocol/crc32c.ts'
import { formatRecord, type LogRecord } from '../../../runner/protocol/log-record.ts'
import { PROOF_HEADER, proofMessage, sessionMessage } from '../../../runner/protocol/signatures.ts'
import type { Json } from '../deployments/engine.ts'

export type Answer = { status: number; body: Json }

export const FACTS = {
  hostname: 'web-1',
  os: 'Linux',
  arch: 'x64',
  runnerVersion: '0.1.0',
  protocolVersion: 1,
  runtime: 'node',
  bootId: 'boot-1',
  shells: ['bash'],
}

/** A runner that says what a test tells it to say. */
export class ScriptedRunner {
  readonly #keys: { publicKey: KeyObject; privateKey: KeyObject }
  readonly #url: string
  id = ''
  session = ''
  epoch = 0
  /** Signs its claims and completions, as runners do since they can. */
  signs = false
  instance: string | undefined
  #proofs = 0

  /** @param twin whose key it has too, as a copy of its disk would */
  constructor(url: string, twin?: ScriptedRunner) {
    this.#url = url
    this.#keys = twin ? twin.#keys : generateKeyPairSync('ed25519')
    if (twin) this.id = twin.id
  }

  proof(path: string, body: unknown, number = ++this.#proofs): string {
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
    const message = proofMessage({ runnerId: this.id, epoch: this.epoch, number, path, digest })
    return `${number}.${sign(null, message, this.#keys.privateKey).toString('base64url')}`
  }

  async send(
    path: string,
    body: unknown,
    session = this.session,
    proof = this.signs && /(claim|complete)$/.test(path) ? this.proof(path, body) : undefined,
  ): Promise<Answer> {
    const response = await fetch(`${this.#url}/runner/v1${path}`, {
      method: 'POST',
      body: body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
      headers: {
        ...(session !== '' && { authorization: `Bearer ${session}` }),
        ...(proof !== undefined && { [PROOF_HEADER]: proof }),
      },
    })
    return { status: response.status, body: await response.json() }
  }

  async enrol(token: string, more: object = {}): Promise<Answer> {
    const { x } = this.#keys.publicKey.export({ format: 'jwk' })
    const answer = await this.send('/enrolments', { token, publicKey: x, facts: FACTS, ...more })
    if (answer.status === 200) this.id = answer.body.runnerId
    return answer
  }

  async nonce(): Promise<string> {
    return (await this.send(`/runners/${this.id}/nonce`, {})).body.nonce
  }

  async open(attempts: Json[] = [], nonce?: string): Promise<Answer> {
    const asked = nonce === undefined ? await this.send(`/runners/${this.id}/nonce`, {}) : undefined
    if (asked && asked.status !== 200) return asked
    const signed = nonce ?? asked?.body.nonce
    const signature = sign(null, sessionMessage(this.id, signed), this.#keys.privateKey)
    const answer = await this.send(`/runners/${this.id}/session`, {
      nonce: signed,
      signature: signature.toString('base64url'),
      facts: FACTS,
      attempts,
      ...(this.signs && { proofs: true }),
      ...(this.instance && { instance: this.instance }),
    })
    if (answer.status === 200) {
      this.session = answer.body.session
      this.epoch = answer.body.epoch
    }
    return answer
  }

  poll(
    waitMs = 5_000,
    accepted: string[] = [],
    handled: string[] = [],
    more: object = {},
  ): Promise<Answer> {
    return this.send('/poll', { waitMs, accepted, handled, ...more })
  }

  /** The next offer, accepted at once. */
  async offer(): Promise<{ attempt: string; fence: number }> {
    for (;;) {
      const { body } = await this.poll()
      const [offer] = body.offers
      if (!offer) continue
      await this.poll(0, [offer.attempt])
      return offer
    }
  }

  /** The next control of this type; others may come before it. */
  async control(type: string): Promise<unknown> {
    for (;;) {
      const { body } = await this.poll()
      const found = body.controls.find((control: { type: string }) => control.type === type)
      if (found) return found
    }
  }

  claim({ attempt, fence }: { attempt: string; fence: number }): Promise<Answer> {
    return this.send(`/attempts/${attempt}/claim`, { fence })
  }

  log(
    { attempt, fence }: { attempt: string; fence: number },
    offset: number,
    bytes: Uint8Array,
    crc = crc32c(bytes),
  ): Promise<Answer> {
    const query = `offset=${offset}&fence=${fence}&crc=${crc}`
    return this.send(`/attempts/${attempt}/log?${query}`, bytes)
  }

  async handIn(
    { attempt, fence }: { attempt: string; fence: number },
    bytes: Uint8Array,
    more: Record<string, string> = {},
    session = this.session,
  ): Promise<Answer> {
    const query = new URLSearchParams({
      name: 'report.txt',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size: String(bytes.byteLength),
      fence: String(fence),
      ...more,
    })
    const response = await fetch(`${this.#url}/runner/v1/attempts/${attempt}/artifacts?${query}`, {
      method: 'PUT',
      body: bytes as BodyInit,
      headers: { authorization: `Bearer ${session}` },
    })
    return { status: response.status, body: await response.json() }
  }

  complete(
    { attempt, fence }: { attempt: string; fence: number },
    log: Uint8Array,
    more: object = {},
  ): Promise<Answer> {
    return this.send(`/attempts/${attempt}/complete`, {
      fence,
      outcome: 'succeeded',
      exitCode: 0,
      signal: null,
      reason: null,
      finalOffset: log.byteLength,
      sha256: createHash('sha256').update(log).digest('hex'),
      warnings: false,
      outputs: null,
      ...more,
    })
  }
}

export const records = (...texts: string[]): Uint8Array =>
  new TextEncoder().encode(
    texts
      .map((text): LogRecord => ({ level: 'info', at: 1_767_225_600_000, text }))
      .map(formatRecord)
      .join(''),
  )
