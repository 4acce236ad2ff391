import { createHash } from 'node:crypto'
import { current } from './here.ts'

type Put = { sha256?: Uint8Array; onlyIf?: Headers | { etagDoesNotMatch?: string } }
type Stored = { bytes: Buffer; sha256: Buffer }

const CALL_MS = 2

/** What a deployment's own stream hands to the store: everything, in pieces. */
class Pipe {
  readonly pieces: Uint8Array[] = []
  #close: () => void = () => undefined
  readonly closed = new Promise<void>(resolve => {
    this.#close = resolve
  })
  getWriter() {
    return {
      write: async (piece: Uint8Array) => {
        this.pieces.push(piece.slice())
      },
      close: async () => this.#close(),
    }
  }
}

export class FixedLengthStream {
  readonly readable: Pipe
  readonly writable: Pipe
  constructor() {
    this.readable = new Pipe()
    this.writable = this.readable
  }
}

export class DigestStream {
  readonly #hash = createHash('sha256')
  #done: (digest: ArrayBuffer) => void = () => undefined
  readonly digest = new Promise<ArrayBuffer>(resolve => {
    this.#done = resolve
  })
  getWriter() {
    return {
      write: async (piece: Uint8Array | ArrayBuffer) => {
        this.#hash.update(piece instanceof ArrayBuffer ? new Uint8Array(piece) : piece)
      },
      close: async () => this.#done(new Uint8Array(this.#hash.digest()).buffer),
    }
  }
}

/** The object store: whole objects or nothing; a put may succeed though nobody hears of it. */
export class Store {
  readonly objects = new Map<string, Stored>()

  put = async (key: string, body: unknown, options: Put = {}): Promise<unknown> => {
    const bytes =
      body instanceof Pipe
        ? await body.closed.then(() => Buffer.concat(body.pieces))
        : Buffer.from(body as Uint8Array)
    return this.#call(`put ${key}`, () => {
      const sha256 = createHash('sha256').update(bytes).digest()
      if (options.sha256 && !sha256.equals(options.sha256))
        throw new Error('the digest does not agree')
      const isConditional = options.onlyIf !== undefined
      if (isConditional && this.objects.has(key)) return null
      this.objects.set(key, { bytes, sha256 })
      return this.#found(key)
    })
  }

  head = (key: string): Promise<unknown> => this.#call(`head ${key}`, () => this.#found(key))

  get = (key: string): Promise<unknown> =>
    this.#call(`get ${key}`, () => {
      const found = this.objects.get(key)
      return found && { arrayBuffer: async () => new Uint8Array(found.bytes).buffer }
    })

  delete = (key: string): Promise<unknown> =>
    this.#call(`delete ${key}`, () => this.objects.delete(key))

  list = async () => ({ objects: [], truncated: false })

  #found(key: string) {
    const found = this.objects.get(key)
    if (!found) return null
    return {
      key,
      size: found.bytes.length,
      checksums: { sha256: new Uint8Array(found.sha256).buffer },
    }
  }

  #call<T>(what: string, deed: () => T): Promise<T> {
    const { world } = current()
    const caller = world.turn?.life
    return new Promise((resolve, reject) => {
      world.output(() => {
        const lost = world.faults.is('store-down', what)
        const isDone = !lost || world.chance.is(`store ${what}`, 0.5)
        const answer = (outcome: () => void) =>
          world.after(CALL_MS, caller, `answer of the store: ${what}`, outcome)
        world.after(CALL_MS, undefined, '', () => {
          try {
            const value = isDone ? deed() : undefined
            if (lost) answer(() => reject(new Error('simulated: the store failed')))
            else answer(() => resolve(value as T))
          } catch (error) {
            answer(() => reject(error))
          }
        })
      })
    })
  }
}
