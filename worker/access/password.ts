import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { fromBase64, toBase64Url } from './digest.ts'
import { Turns } from './turns.ts'

/** Fits a Worker's memory: 32 MiB for each hash, of which two run at once. */
const COST = { N: 32_768, r: 8, p: 3 }
const KEY_BYTES = 32
const SALT_BYTES = 16
/** In this isolate; each takes a third of a second of one core. */
const turns = new Turns({ atOnce: 2, waiting: 50 })
/** A stored hash that asks for more was tampered with: nobody may make us burn memory. */
const MAX_COST = { N: 131_072, r: 16, p: 8 }

export const MIN_PASSWORD = 10
export const MAX_PASSWORD = 200

/** `scrypt$N=32768,r=8,p=3$salt$hash`, salt and hash in base64url. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(SALT_BYTES)
  return write(COST, salt, await derive(password, salt, COST))
}

/**
 * Whether the password is the one behind the hash. Without a hash (no such user, no local sign-in)
 * it takes the same time and is false.
 */
export const verifyPassword = async (
  password: string,
  stored: string | null | undefined,
): Promise<boolean> => {
  const parsed = stored ? parse(stored) : undefined
  const { cost, salt, hash } = parsed ?? NOBODY
  const found = await derive(password, salt, cost)
  const same = found.byteLength === hash.byteLength && timingSafeEqual(found, hash)
  return same && parsed !== undefined
}

/** True when the hash was made with other parameters than today's. */
export const needsRehash = (stored: string): boolean => {
  const cost = parse(stored)?.cost
  return cost?.N !== COST.N || cost.r !== COST.r || cost.p !== COST.p
}

type Cost = typeof COST

const NOBODY = { cost: COST, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(KEY_BYTES) }

const write = ({ N, r, p }: Cost, salt: Uint8Array, hash: Uint8Array): string =>
  `scrypt$N=${N},r=${r},p=${p}$${toBase64Url(salt)}$${toBase64Url(hash)}`

const parse = (stored: string) => {
  const found = /^scrypt\$N=(\d{1,7}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(stored)
  if (!found) return undefined
  const [, N, r, p, salt = '', hash = ''] = found
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  if (cost.N > MAX_COST.N || cost.r > MAX_COST.r || cost.p > MAX_COST.p) return undefined
  return { cost, salt: fromBase64(salt), hash: fromBase64(hash) }
}

/** The same text whichever way a keyboard composed it. */
const derive = (password: string, salt: Uint8Array, { N, r, p }: Cost): Promise<Uint8Array> =>
  turns.take(
    () =>
      new Promise((resolve, reject) => {
        const options = { N, r, p, maxmem: 256 * N * r }
        scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
          error ? reject(error) : resolve(key),
        )
      }),
  )
