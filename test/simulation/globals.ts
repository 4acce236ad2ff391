import { createHash } from 'node:crypto'
import { current, isUnderWay } from './here.ts'
import { DigestStream, FixedLengthStream } from './store.ts'

// Clocks, timers and chance of the platform, as the product sees them: virtual.

const realTimeout = globalThis.setTimeout
const realClear = globalThis.clearTimeout
const realInterval = globalThis.setInterval
const realNow = Date.now

type Timer = { clear(): void; unref(): Timer; ref(): Timer }

const isInside = () => isUnderWay() && current().world.turn !== undefined

const timer = (clear: () => void): Timer => {
  const made: Timer = { clear, unref: () => made, ref: () => made }
  return made
}

const after = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown => {
  if (!isInside()) return realTimeout(run, ms, ...args)
  const { world } = current()
  const pending = world.after(ms, world.turn?.life, 'timer', () => run(...args))
  return timer(() => world.cancel(pending))
}

/** Who looks again and again at a machine's files and processes sees something new only when they
 *  have changed: only then does it look. */
const every = (run: () => void, ms = 0): unknown => {
  if (!isInside()) return realInterval(run, ms)
  const { world } = current()
  const life = world.turn?.life
  const host = current().hosts.get(life?.name.split('/')[0] ?? '')
  let isOver = false
  const look = () => {
    if (isOver) return
    run()
    wait()
  }
  const wait = () => host?.changed(() => world.after(ms, life, 'look', look))
  world.after(ms, life, 'look', look)
  return timer(() => {
    isOver = true
  })
}

const clear = (given: unknown): void => {
  const virtual = given as Timer | undefined
  if (typeof virtual?.clear === 'function') virtual.clear()
  else realClear(given as Parameters<typeof realClear>[0])
}

const digest = (bytes: ArrayBuffer | Uint8Array): ArrayBuffer =>
  new Uint8Array(
    createHash('sha256')
      .update(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes)
      .digest(),
  ).buffer

/** Keys and signatures are no part of the model; digests are. */
const subtle = {
  importKey: async () => ({}),
  deriveBits: async () => new ArrayBuffer(32),
  deriveKey: async () => ({}),
  verify: async () => true,
  digest: async (_name: string, bytes: ArrayBuffer | Uint8Array) => digest(bytes),
  encrypt: async (_how: unknown, _key: unknown, bytes: Uint8Array) => new Uint8Array(bytes).buffer,
  decrypt: async (_how: unknown, _key: unknown, bytes: Uint8Array) => new Uint8Array(bytes).buffer,
}

export const wallNow = (): number => {
  const { world, server } = current()
  return server.epoch + Math.floor(world.now) + (world.turn?.life.clock.offset ?? 0)
}

export const install = (): void => {
  const random = (name: string) => current().world.chance.draw(name)
  Date.now = () => (isUnderWay() ? wallNow() : realNow())
  Math.random = () => random(current().world.turn?.life.name ?? 'random')
  const uuid = () => {
    const digits = Array.from({ length: 4 }, () =>
      Math.floor(random('uuid') * 0xffffffff)
        .toString(16)
        .padStart(8, '0'),
    ).join('')
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20)}`
  }
  const getRandomValues = (bytes: Uint8Array) => {
    for (let index = 0; index < bytes.length; index++)
      bytes[index] = Math.floor(random('bytes') * 256)
    return bytes
  }
  // What the product logs is its own word on what went wrong: shown in a trace.
  console.error = (...said: unknown[]) => {
    if (isUnderWay()) current().world.say(`  logged: ${said.join(' ')}`)
  }
  const values: Record<string, unknown> = {
    setTimeout: after,
    clearTimeout: clear,
    setInterval: every,
    clearInterval: clear,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => after(run, 0, ...args),
    scheduler: { wait: (ms: number) => new Promise<void>(resolve => after(() => resolve(), ms)) },
    crypto: { subtle, randomUUID: uuid, getRandomValues, DigestStream },
    FixedLengthStream,
  }
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}
