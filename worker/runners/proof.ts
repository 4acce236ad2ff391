import { proofMessage } from '../../runner/protocol/signatures.ts'
import { fromBase64, toBase64Url } from '../access/digest.ts'
import type { Sql } from './locks.ts'
import { Refused } from './refused.ts'

/** Of each session so many proofs are remembered; older ones are refused by their number alone. */
const WINDOW = 256
/** Of so many runners; those that have long said nothing here have nothing to say again. */
const MAX_RUNNERS = 10_000

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

type Session = {
  epoch: number
  seen: Set<number>
  below: number
  highest: number
  /** Of each subject, the last number that spoke of it. */
  last: Map<string, number>
}

/**
 * Takes each number of a runner's newest session once, however often and in whichever order it comes.
 * The highest is stored with what came of the message, so that it costs no write of its own; after a
 * restart of the object nothing up to it is taken any more, and who was honest asks again with a
 * newer one.
 */
export class ProofWindow {
  readonly #sql: Sql
  readonly #sessions = new Map<string, Session>()
  readonly #unstored = new Set<string>()

  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS proofs (runner TEXT PRIMARY KEY, epoch INTEGER NOT NULL,
      number INTEGER NOT NULL) WITHOUT ROWID`)
    for (const { runner, epoch, number } of sql.exec('SELECT * FROM proofs').toArray())
      this.#sessions.set(String(runner), {
        epoch: Number(epoch),
        seen: new Set(),
        below: Number(number) + 1,
        highest: Number(number),
        last: new Map(),
      })
  }

  /** False for one that was taken already, is too old to tell, or comes after a newer one of the same
   *  subject: a runner asks again only when it has given up what it asked before. {@link store} is to
   *  follow. */
  take(
    { runnerId, epoch }: { runnerId: string; epoch: number },
    number: number,
    subject: string,
  ): boolean {
    const known = this.#sessions.get(runnerId)
    if (known && epoch < known.epoch) return false
    const window = known?.epoch === epoch ? known : newSession(epoch)
    this.#sessions.delete(runnerId)
    this.#sessions.set(runnerId, window)
    if (number < window.below || window.seen.has(number)) return false
    if (number < (window.last.get(subject) ?? 0)) return false
    window.last.set(subject, number)
    window.seen.add(number)
    window.highest = Math.max(window.highest, number)
    this.#unstored.add(runnerId)
    if (window.seen.size > WINDOW) {
      const oldest = Math.min(...window.seen)
      window.seen.delete(oldest)
      window.below = oldest + 1
    }
    return true
  }

  /** Stores what was taken and is not stored: nothing, most often. */
  store(): void {
    for (const runner of this.#unstored) {
      const { epoch, highest } = this.#sessions.get(runner) as Session
      this.#sql.exec(
        'INSERT INTO proofs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch, number = excluded.number',
        ...[runner, epoch, highest],
      )
    }
    this.#unstored.clear()
    this.#forgetOldest()
  }

  #forgetOldest(): void {
    const [first] = this.#sessions.keys()
    if (this.#sessions.size <= MAX_RUNNERS || first === undefined) return
    this.#sessions.delete(first)
    this.#sql.exec('DELETE FROM proofs WHERE runner = ?', first)
  }
}

const newSession = (epoch: number): Session => ({
  epoch,
  seen: new Set(),
  below: 0,
  highest: 0,
  last: new Map(),
})
