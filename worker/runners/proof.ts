import { proofMessage } from '../../runner/protocol/signatures.ts'
import { fromBase64, toBase64Url } from '../access/digest.ts'
import { Refused } from './refused.ts'

/** Of each session so many proofs are remembered; older ones are refused by their number alone. */
const WINDOW = 256
const MAX_SESSIONS = 64

const PROOF = /^(\d{1,15})\.([A-Za-z0-9_-]{86})$/

/**
 * What shows that a message comes from who holds the key, not only from who has seen a session token:
 * `<number>.<signature>` over session, path and body. Answers the number; a session opened without
 * proofs, by an older runner, has none.
 * @throws Refused `unauthenticated`
 */
export const readProof = async (
  session: { runnerId: string; epoch: number; key?: string },
  request: { header: string | null; path: string; body: Uint8Array },
): Promise<number | undefined> => {
  if (session.key === undefined) return undefined
  const [, number, signature] = PROOF.exec(request.header ?? '') ?? []
  if (number === undefined || signature === undefined)
    throw new Refused('unauthenticated', 'This session signs its messages; this one is not signed.')
  const digest = await crypto.subtle.digest('SHA-256', request.body as BufferSource)
  const { runnerId, epoch } = session
  const message = proofMessage({
    runnerId,
    epoch,
    number: Number(number),
    path: request.path,
    digest: toBase64Url(new Uint8Array(digest)),
  })
  const key = await importKey(session.key)
  if (!(await crypto.subtle.verify('Ed25519', key, fromBase64(signature), message)))
    throw new Refused('unauthenticated', "The signature is not one of this runner's key.")
  return Number(number)
}

const MAX_KEYS = 2_000
const keys = new Map<string, Promise<CryptoKey>>()

/** A runner speaks several times a second: its key is read once. */
const importKey = (text: string): Promise<CryptoKey> => {
  const known = keys.get(text)
  if (known) return known
  if (keys.size >= MAX_KEYS) keys.clear()
  const key = crypto.subtle.importKey('raw', fromBase64(text), 'Ed25519', false, ['verify'])
  keys.set(text, key)
  return key
}

/** Takes each number of a session once, however often and in whichever order it comes. */
export class ProofWindow {
  readonly #sessions = new Map<string, { seen: Set<number>; below: number }>()

  /** False for one that was taken already, or is too old to tell. */
  take(session: string, number: number): boolean {
    const window = this.#sessions.get(session) ?? { seen: new Set<number>(), below: 0 }
    this.#sessions.delete(session)
    this.#sessions.set(session, window)
    if (number < window.below || window.seen.has(number)) return false
    window.seen.add(number)
    if (window.seen.size > WINDOW) {
      const oldest = Math.min(...window.seen)
      window.seen.delete(oldest)
      window.below = oldest + 1
    }
    const [first] = this.#sessions.keys()
    if (this.#sessions.size > MAX_SESSIONS && first !== undefined) this.#sessions.delete(first)
    return true
  }
}
