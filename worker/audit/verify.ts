import { and, asc, count, desc, gt, lte, max, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { type Anchor, type Anchors, isGenuine } from './anchors.ts'
import {
  cut,
  type Fault,
  follow,
  type Link,
  type Page,
  replaced,
  START,
  unanchored,
} from './chain.ts'
import { type AuditKey, auditKey } from './link.ts'
import { auditAnchors, auditSeals, events } from './schema.ts'
import { STORED } from './seals.ts'

export type Verification = {
  /** `continues`: all is well so far, and there is more from `next` on. */
  state: 'verified' | 'continues' | 'broken'
  /** How many rows were looked at, and the last of them that is good. */
  rows: number
  upTo: number
  next: number | undefined
  /** The last row that is sealed, and how many are younger. */
  sealedUpTo: number
  unsealed: number
  firstBad: Fault | undefined
  /** Triggers of the database that keep the record from being changed, and are not there. */
  missingGuards: string[]
}

/** Rows of one read, which bounds what is held at once. */
const PAGE = 200
/** Rows of one call. */
export const ROWS_PER_CALL = 5_000

const GUARDS = [
  'events_stay',
  'events_remain',
  'events_follow',
  'events_found',
  'event_documents_stay',
  'event_documents_remain',
  'audit_seals_stay',
  'audit_seals_remain',
  'audit_seals_follow',
]

/**
 * Follows the chain from the row after `from` (0: the beginning) and names the first bad row. A walk
 * that is told to go on trusts the seal it starts behind, which the walk before has looked at.
 * @param rows how many to look at; a walk over all of them takes `Infinity`
 */
export const verifyChain = async (
  db: Database,
  masterKey: string,
  anchors: Anchors | undefined,
  { from = 0, rows = ROWS_PER_CALL }: { from?: number; rows?: number } = {},
): Promise<Verification> => {
  const key = auditKey(masterKey)
  const start = await startAt(db, from)
  const { head, unsealed, missingGuards } = start
  let { link } = start
  let seen = 0
  let firstBad: Fault | undefined
  let isAtEnd = false
  while (seen < rows && !firstBad && !isAtEnd) {
    const page = await readPage(db, link.sequence, head)
    const walked = follow(key, link, page)
    seen += walked.rows
    link = walked.link
    // Read again from there: what follows the row tells what is wrong with it.
    if (walked.fault)
      firstBad = follow(key, link, await readPage(db, link.sequence, head)).fault ?? walked.fault
    isAtEnd = walked.rows === 0 && !walked.fault
  }
  if (anchors) firstBad = (await anchorFault(db, key, { from, link, isAtEnd }, anchors)) ?? firstBad
  const state = firstBad ? 'broken' : isAtEnd ? 'verified' : 'continues'
  return {
    state,
    rows: seen,
    upTo: link.sequence,
    next: state === 'continues' ? link.sequence : undefined,
    sealedUpTo: head,
    unsealed,
    firstBad,
    missingGuards,
  }
}

const startAt = async (db: Database, from: number) => {
  const [heads, before, rowBefore, guards] = await db.batch([
    db.select().from(auditSeals).orderBy(desc(auditSeals.sequence)).limit(1),
    db
      .select()
      .from(auditSeals)
      .where(lte(auditSeals.sequence, from))
      .orderBy(desc(auditSeals.sequence))
      .limit(1),
    db
      .select({ mac: events.mac })
      .from(events)
      .where(lte(events.sequence, from))
      .orderBy(desc(events.sequence))
      .limit(1),
    db.all<{ name: string }>(sql`SELECT name FROM sqlite_master WHERE type = 'trigger'`),
  ])
  const head = heads[0]?.sequence ?? 0
  const [younger] = await db
    .select({ count: count() })
    .from(events)
    .where(gt(events.sequence, head))
  const link: Link = {
    sequence: from,
    hash: before[0]?.hash ?? START.hash,
    isUnsigned: (rowBefore[0]?.mac ?? '') === '',
  }
  const present = new Set(guards.map(({ name }) => name))
  return {
    head,
    link,
    unsealed: younger?.count ?? 0,
    missingGuards: GUARDS.filter(name => !present.has(name)),
  }
}

/** Seals above `head` came while we were looking; they are of the next walk. */
const readPage = async (db: Database, after: number, head: number): Promise<Page> => {
  const [rows, seals] = await db.batch([
    db
      .select(STORED)
      .from(events)
      .where(gt(events.sequence, after))
      .orderBy(asc(events.sequence))
      .limit(PAGE),
    db
      .select()
      .from(auditSeals)
      .where(and(gt(auditSeals.sequence, after), lte(auditSeals.sequence, head)))
      .orderBy(asc(auditSeals.sequence))
      .limit(PAGE),
  ])
  const ends = [rows, seals].flatMap(list =>
    list.length < PAGE ? [] : [list.at(-1)?.sequence ?? 0],
  )
  const to = Math.min(...ends, Number.MAX_SAFE_INTEGER)
  const isInside = ({ sequence }: { sequence: number }) => sequence <= to
  const inside = rows.filter(isInside)
  return {
    events: inside,
    seals: seals.filter(isInside),
    head,
    hidden: await hiddenAmong(db, after, inside.at(-1)?.sequence ?? after),
  }
}

/** The first row that a look-up by what it concerns would not find. */
const hiddenAmong = async (
  db: Database,
  after: number,
  to: number,
): Promise<number | undefined> => {
  const [row] = await db.all<{ sequence: number }>(sql`
    SELECT e.sequence FROM events AS e,
      json_each(CASE WHEN json_valid(e.document_ids) THEN e.document_ids ELSE '[]' END) AS named
    WHERE e.sequence > ${after} AND e.sequence <= ${to} AND NOT EXISTS (
      SELECT 1 FROM event_documents AS d
      WHERE d.document_id = named.value AND d.event_sequence = e.sequence)
    ORDER BY e.sequence LIMIT 1`)
  return row?.sequence
}

/**
 * Whether the object store remembers another past than the database tells, as far as the walk came.
 * The chain itself is whole up to there, so what differs was signed by this server, in a past that
 * somebody went back behind.
 */
const anchorFault = async (
  db: Database,
  key: AuditKey,
  { from, link, isAtEnd }: { from: number; link: Link; isAtEnd: boolean },
  anchors: Anchors,
): Promise<Fault | undefined> => {
  // Before the copies are looked up: what is noted has been copied.
  const noted = isAtEnd ? await newestNoted(db) : 0
  const upTo = isAtEnd ? Number.MAX_SAFE_INTEGER : link.sequence
  const found = await anchors.between(from, upTo)
  const hashes = await hashesOf(db, found)
  let good: number | undefined
  for (const anchor of found) {
    if (!isGenuine(key, anchor)) return unanchored(anchor.sequence, 'forged')
    if (hashes.get(anchor.sequence) !== anchor.hash)
      return anchor.sequence > link.sequence
        ? cut(link.sequence + 1, anchor)
        : replaced((good ?? (await anchors.upTo(from))?.sequence ?? 0) + 1, anchor)
    good = anchor.sequence
  }
  return noted > Math.max(from, found.at(-1)?.sequence ?? 0) ? unanchored(noted, 'gone') : undefined
}

const hashesOf = async (db: Database, anchors: Anchor[]): Promise<Map<number, string>> => {
  const wanted = JSON.stringify(anchors.map(({ sequence }) => sequence))
  const rows = await db
    .select()
    .from(auditSeals)
    .where(sql`${auditSeals.sequence} IN (SELECT value FROM json_each(${wanted}))`)
  return new Map(rows.map(({ sequence, hash }) => [sequence, hash]))
}

const newestNoted = async (db: Database): Promise<number> => {
  const [row] = await db.select({ sequence: max(auditAnchors.sequence) }).from(auditAnchors)
  return row?.sequence ?? 0
}
