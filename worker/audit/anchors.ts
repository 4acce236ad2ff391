import { desc } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { type AuditKey, anchorMac, auditKey, type Seal } from './link.ts'
import { auditAnchors } from './schema.ts'
import { lastSeal } from './seals.ts'

/** A copy of a seal that whoever has the database cannot take back. */
export type Anchor = Seal & { at: number; mac: string }

/** Where the copies are looked up: the one with the highest number that is not above `sequence`. */
export type Anchors = { upTo: (sequence: number) => Promise<Anchor | undefined> }

const EVERY_MS = 3_600_000
const PREFIX = 'audit/heads/'
/** Numbers count down in names: the store lists upwards, and the newest is wanted first. */
const HIGHEST = 999_999_999_999_999

const document = z.object({
  sequence: z.number().int().positive(),
  hash: z.string(),
  at: z.number(),
  mac: z.string(),
})

const keyOf = (sequence: number) => PREFIX + String(HIGHEST - sequence).padStart(15, '0')

/** Copies the last seal into the object store, once an hour while something changes. What is there
 *  already is never replaced. */
export const anchorHead = async (
  store: R2Bucket,
  db: Database,
  masterKey: string,
  now: number,
): Promise<void> => {
  const [last] = await db.select().from(auditAnchors).orderBy(desc(auditAnchors.sequence)).limit(1)
  if (last && now - last.anchoredAt < EVERY_MS) return
  const head = await lastSeal(db)
  if (!head || head.sequence === last?.sequence) return
  const { sequence, hash } = head
  const anchor = { sequence, hash, at: now, mac: anchorMac(auditKey(masterKey), head, now) }
  await store.put(keyOf(sequence), JSON.stringify(anchor), {
    onlyIf: new Headers({ 'If-None-Match': '*' }),
    httpMetadata: { contentType: 'application/json' },
  })
  await db.insert(auditAnchors).values({ sequence, anchoredAt: now }).onConflictDoNothing()
}

export const storedAnchors = (store: R2Bucket): Anchors => ({
  upTo: async sequence => {
    const { objects } = await store.list({
      prefix: PREFIX,
      startAfter: keyOf(Math.min(sequence, HIGHEST - 1) + 1),
      limit: 1,
    })
    const key = objects[0]?.key
    const body = key && (await (await store.get(key))?.text())
    return body ? read(body, HIGHEST - Number(key.slice(PREFIX.length))) : undefined
  },
})

/** One that cannot be read counts as forged. */
const read = (body: string, sequence: number): Anchor => {
  try {
    return document.parse(JSON.parse(body))
  } catch {
    return { sequence, hash: '', at: 0, mac: '' }
  }
}

export const knownAnchors = (anchors: Anchor[]): Anchors => ({
  upTo: async sequence =>
    anchors
      .filter(anchor => anchor.sequence <= sequence)
      .sort((one, other) => other.sequence - one.sequence)[0],
})

export const isGenuine = (key: AuditKey, anchor: Anchor): boolean =>
  anchor.mac === anchorMac(key, anchor, anchor.at)
