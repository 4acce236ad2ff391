import { createHmac, hkdfSync } from 'node:crypto'
import { fromBase64 } from '../access/digest.ts'

/** A row as it is stored: the two lists as their text, byte for byte. */
export type StoredEvent = {
  sequence: number
  spaceId: string | null
  occurredAt: number
  userId: string | null
  username: string
  category: string
  message: string
  documentIds: string
  details: string
  establishedWith: string
  userAgent: string
  address: string
  nonce: string
  mac: string
}
export type Seal = { sequence: number; hash: string }

export type AuditKey = { readonly bytes: ArrayBuffer }

/** From the master key, never stored: who has only the database can sign nothing. */
export const auditKey = (masterKey: string): AuditKey => {
  const known = derived.get(masterKey)
  if (known) return known
  const key = { bytes: hkdfSync('sha256', fromBase64(masterKey), '', 'slipway audit v1', 32) }
  if (derived.size >= KEYS_KEPT) derived.clear()
  derived.set(masterKey, key)
  return key
}

const KEYS_KEPT = 8
const derived = new Map<string, AuditKey>()

/** What the row itself is signed with as it is written, when its number is not known yet. */
export const macOf = (key: AuditKey, event: Omit<StoredEvent, 'sequence' | 'mac'>): string =>
  hmac(key, 'event', canonical(event))

/** The seal of a row: it depends on its number, on all of it, and on all rows before. */
export const sealOf = (
  key: AuditKey,
  before: string,
  sequence: number,
  event: Omit<StoredEvent, 'sequence'>,
): string => hmac(key, 'seal', JSON.stringify([before, sequence, event.mac]), canonical(event))

/** What a copy of a seal outside the database is signed with. */
export const anchorMac = (key: AuditKey, { sequence, hash }: Seal, at: number): string =>
  hmac(key, 'anchor', JSON.stringify([sequence, hash, at]))

/** Fixed order, every value in it: another row has another text. */
const canonical = (event: Omit<StoredEvent, 'sequence' | 'mac'>): string =>
  JSON.stringify([
    event.spaceId,
    event.occurredAt,
    event.userId,
    event.username,
    event.category,
    event.message,
    event.documentIds,
    event.details,
    event.establishedWith,
    event.userAgent,
    event.address,
    event.nonce,
  ])

const hmac = ({ bytes }: AuditKey, ...parts: string[]): string =>
  createHmac('sha256', new Uint8Array(bytes)).update(parts.join('\n')).digest('base64url')
