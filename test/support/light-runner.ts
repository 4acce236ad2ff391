import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { Conversation } from '../../runner/conversation.ts'
import { wakeAt } from '../../runner/core/advance.ts'
import { step } from '../../runner/core/core.ts'
import type { Effect, Event } from '../../runner/core/events.ts'
import { initialState } from '../../runner/core/state.ts'
import { type Identity, publicKeyOf } from '../../runner/identity.ts'
import { enrolmentReply, type Facts } from '../../runner/protocol/enrolment.ts'
import { connect, type Server } from '../../runner/server.ts'
import type { Api } from './api.ts'

/** What happened on the wire, in epoch milliseconds. */
export type Wire = { at: number; runner: string; message: string }

/**
 * A runner that says all that an idle one says, with the real core, conversation and connections,
 * but has no disk and takes no work: hundreds of them fit into one process.
 */
export class LightRunner {
  readonly identity: Identity
  readonly #conversation: Conversation
  readonly #observe: (wire: Wire) => void
  #state = initialState()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #pollingSince: number | undefined

  constructor(
    identity: Identity,
    key: KeyObject,
    root: string,
    observe: (wire: Wire) => void = () => {},
  ) {
    this.identity = identity
    this.#observe = observe
    const server = this.#observed(connect(identity.server))
    this.#conversation = new Conversation({
      home: { root } as never,
      identity,
      key,
      server,
      say: () => {},
    })
  }

  /** Since when the server holds its poll, in epoch milliseconds; undefined: it holds none. */
  get pollingSince(): number | undefined {
    return this.#pollingSince
  }

  start(): void {
    this.dispatch({ type: 'booted', attempts: [] })
  }

  stop(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#conversation.close()
  }

  dispatch(event: Event): void {
    if (this.#isClosed) return
    const { state, effects } = step(this.#state, event, {
      now: performance.now(),
      random: Math.random(),
    })
    this.#state = state
    for (const effect of effects) void this.#carryOut(effect)
    clearTimeout(this.#timer)
    const at = wakeAt(this.#state)
    if (!Number.isFinite(at)) return
    const delay = Math.min(Math.max(Math.ceil(at - performance.now()), 0), 60_000)
    this.#timer = setTimeout(() => this.dispatch({ type: 'woken' }), delay)
  }

  async #carryOut(effect: Effect): Promise<void> {
    const { session } = this.#state
    if (effect.type === 'open-session') {
      const event = await this.#conversation.openSession(effect)
      if (event.type === 'session-opened') this.#tell('session-opened')
      this.dispatch(event)
    } else if (effect.type === 'poll' && session) {
      this.#pollingSince = Date.now()
      const event = await this.#conversation.poll(effect, session)
      this.#pollingSince = undefined
      this.dispatch(event)
    }
  }

  #observed(server: Server): Server {
    return {
      ...server,
      send: (schema, request) => {
        this.#tell(request.path.replace(/^\/runners\/[^/]+/, ''))
        return server.send(schema, request)
      },
    }
  }

  #tell(message: string): void {
    this.#observe({ at: Date.now(), runner: this.identity.name, message })
  }
}

/** Enrols so many runners, each with a key and a single-use token of its own; none is started. */
export const enrolFleet = async (
  api: Api,
  wanted: { count: number; environmentId: string; root: string; observe?: (wire: Wire) => void },
): Promise<LightRunner[]> => {
  const runners: LightRunner[] = []
  let next = 1
  const work = async () => {
    while (next <= wanted.count) {
      const name = `light-${String(next++).padStart(4, '0')}`
      const { Token } = await api.post('/api/Spaces-1/runners/enrolment-tokens', {
        Name: name,
        EnvironmentIds: [wanted.environmentId],
        Roles: ['light'],
        WorkerPoolIds: [],
      })
      const { privateKey } = generateKeyPairSync('ed25519')
      const identity = await enrol(api.url, Token, name, privateKey)
      runners.push(new LightRunner(identity, privateKey, wanted.root, wanted.observe))
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  return runners
}

const FACTS: Facts = {
  hostname: 'light',
  os: 'linux',
  arch: 'x64',
  runnerVersion: '0.0.0',
  protocolVersion: 1,
  runtime: 'test',
  bootId: 'light',
  shells: [],
}

const enrol = async (
  url: string,
  token: string,
  name: string,
  key: KeyObject,
): Promise<Identity> => {
  const server = connect(url)
  const answer = await server.send(enrolmentReply, {
    path: '/enrolments',
    json: { token, publicKey: publicKeyOf(key), name, facts: FACTS },
  })
  server.close()
  if (!answer.ok) throw new Error(`${name}: ${answer.message}`)
  const { runnerId, spaceId } = answer.value
  return { server: url, runnerId, spaceId, name: answer.value.name }
}
