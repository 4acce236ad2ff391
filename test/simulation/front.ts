import type { Front, Message, Reply } from './network.ts'
import type { Server } from './server.ts'

type Session = { runnerId: string; spaceId: string; epoch: number }
type Refusal = { error: string; message: string; next?: number }
type Answered = { type: string; refusal?: Refusal; grant?: unknown; reply?: unknown }
type Stub = Record<string, (...args: unknown[]) => Promise<unknown>>

/** What of the product stands behind the routes; set when it is loaded. */
export const product: {
  openDatabase: () => unknown
  getRunner: (db: unknown, id: string) => Promise<unknown>
  openSession: (call: unknown, runner: unknown, request: unknown) => Promise<unknown>
  sessionOf: (call: unknown) => Promise<Session>
  isRefused: (error: unknown) => Refusal | undefined
  schemas: Record<string, { safeParse: (value: unknown) => { success: boolean; data?: unknown } }>
} = {
  openDatabase: () => undefined,
  getRunner: async () => undefined,
  openSession: async () => undefined,
  sessionOf: async () => ({ runnerId: '', spaceId: '', epoch: 0 }),
  isRefused: () => undefined,
  schemas: {},
}

const STATUS: Record<string, number> = { unavailable: 503 }

/**
 * Stands in for the routes of `worker/runners/api.ts`: reads a message and hands it to the session,
 * the hub or the deployment, as they do. Bodies are read with the protocol's own schemas only where
 * versions differ.
 */
export const frontOf =
  (server: Server): Front =>
  (message, reply) => {
    handle(server, message).then(
      body => reply({ status: 200, body }),
      (error: unknown) => reply(refusalOf(server, error)),
    )
  }

const refusalOf = (server: Server, error: unknown): Reply => {
  const refusal = product.isRefused(error)
  if (refusal) return { status: STATUS[refusal.error] ?? 409, body: refusal }
  server.report(error)
  return { status: 500, body: {} }
}

class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

export const ownRefusal = (error: unknown): Refusal | undefined =>
  error instanceof Refused ? error.refusal : undefined

const handle = async (server: Server, message: Message): Promise<unknown> => {
  const [path = '', query = ''] = message.path.split('?')
  const [, area = '', id = '', deed = ''] = path.split('/')
  const hub = (space: string) => (server.env.HUB as { get(name: string): Stub }).get(space)
  const deployment = (name: string) =>
    (server.env.DEPLOYMENT as { get(name: string): Stub }).get(name)
  const db = product.openDatabase()
  const now = server.wall()
  if (area === 'runners') {
    const runner = (await product.getRunner(db, id)) as { id: string; spaceId: string }
    if (deed === 'nonce') return { nonce: await hub(runner.spaceId).nonce?.(runner.id) }
    const defer = (work: Promise<unknown>) => {
      work.catch(error => server.report(error))
    }
    return product.openSession(
      { env: server.env, db, now, defer },
      runner,
      read(message, 'session'),
    )
  }
  const request = { headers: { get: () => `Bearer ${message.session}` } }
  const { runnerId, spaceId, epoch } = await product.sessionOf({
    env: server.env,
    db,
    now,
    request,
  })
  const reporter = { runnerId, epoch }
  if (area === 'poll') {
    const asked = { ...(read(message, 'poll') as object), runner: runnerId, epoch }
    const answer = await hub(spaceId).poll?.(asked)
    if (answer) return answer
    throw new Refused({ error: 'unauthenticated', message: 'A newer session has begun.' })
  }
  const object = deployment(id.slice(0, id.lastIndexOf(':')))
  if (deed === 'claim') {
    const { fence } = read(message, 'claim') as { fence: number }
    return accept(await object.claim?.(reporter, { attempt: id, fence })).grant
  }
  if (deed === 'log') {
    const given = new URLSearchParams(query)
    const chunk = {
      attempt: id,
      fence: Number(given.get('fence')),
      offset: Number(given.get('offset')),
      crc: given.get('crc'),
      bytes: new Uint8Array(message.bytes ?? []),
    }
    return accept(await object.appendLog?.(reporter, chunk)).reply
  }
  if (deed === 'complete')
    return accept(await object.complete?.(reporter, id, read(message, 'complete'))).reply
  throw new Refused({ error: 'invalid', message: `no route ${message.path}` })
}

const read = ({ json }: Message, schema: string): unknown => {
  if (!json || !('aWordOfALaterVersion' in json)) return json
  const parsed = product.schemas[schema]?.safeParse(json)
  if (!parsed?.success)
    throw new Refused({ error: 'invalid', message: `the ${schema} is unreadable` })
  return parsed.data
}

const accept = (answer: unknown): Answered => {
  const answered = answer as Answered
  if (answered.type === 'refused' && answered.refusal) throw new Refused(answered.refusal)
  return answered
}
