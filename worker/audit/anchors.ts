import { desc } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { type AuditKey, anchorMac, auditKey, type Seal } from './link.ts'
import { auditAnchors } from './schema.ts'
import { lastSeal } from './seals.ts'

/** A copy of a seal that whoever has the database cannot take back. */
export type Anchor = Seal & { at: number; mac: string }

/** Where the copies are looked up. */
export type Anchors = {
  /** The one with the highest number that is not above `sequence`. */
  upTo: (sequence: number) => Promise<Anchor | undefined>
  /** All behind a row up to another, in order. */
  between: (after: number, upTo: number) => Promise<Anchor[]>
}

const EVERY_MS = 3_600_000
const PREFIX = 'audit/heads/'
/** Numbers count down in names: the store lists upwards, and the newest is wanted first. */
const HIGHEST = 999_999_999_999_999

/** Beside each object, so that a list of them tells all. */
const metadata = z.object({ hash: z.string(), at: z.coerce.number(), mac: z.string() })
/** Names of one list; there is no more than one for each row, so a walk needs few lists. */
const PER_LIST = 1_000
const MAX_LISTS = 20

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
    customMetadata: { hash, at: String(now), mac: anchor.mac },
  })
  await db.insert(auditAnchors).values({ sequence, anchoredAt: now }).onConflictDoNothing()
}

export const storedAnchors = (store: R2Bucket): Anchors => ({
  upTo: async sequence => (await listed(store, behind(sequence), 1)).anchors[0],
  between: async (after, upTo) => {
    const found: Anchor[] = []
    let startAfter: string | undefined = behind(upTo)
    for (let lists = 0; startAfter !== undefined && lists < MAX_LISTS; lists++) {
      const { anchors, next } = await listed(store, startAfter, PER_LIST)
      found.push(...anchors)
      startAfter = (anchors.at(-1)?.sequence ?? 0) > after ? next : undefined
    }
    return found.filter(({ sequence }) => sequence > after).reverse()
  },
})

const behind = (sequence: number): string => keyOf(Math.min(sequence, HIGHEST - 1) + 1)

/** From the highest number downwards. */
const listed = async (store: R2Bucket, startAfter: string, limit: number) => {
  const page = await store.list({ prefix: PREFIX, startAfter, limit, include: ['customMetadata'] })
  return {
    anchors: page.objects.map(read),
    next: page.truncated ? page.objects.at(-1)?.key : undefined,
  }
}

/** One that cannot be read counts as forged. */
const read = ({ key, customMetadata }: R2Object): Anchor => {
  const { data } = metadata.safeParse(customMetadata)
  const sequence = HIGHEST - Number(key.slice(PREFIX.length))
  return { sequence, ...(data ?? { hash: '', at: 0, mac: '' }) }
}

export const knownAnchors = (anchors: Anchor[]): Anchors => {
  const ordered = anchors.toSorted((one, other) => one.sequence - other.sequence)
  return {
    upTo: async sequence => ordered.findLast(anchor => anchor.sequence <= sequence),
    between: async (after, upTo) =>
      ordered.filter(({ sequence }) => sequence > after && sequence <= upTo),
  }
}

export const isGenuine = (key: AuditKey, anchor: Anchor): boolean =>
  anchor.mac === anchorMac(key, anchor, anchor.at)
