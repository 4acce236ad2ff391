import { SYSTEM } from '../../../worker/access/system-user.ts'
import { anchorMac, auditKey, macOf, type StoredEvent, sealOf } from '../../../worker/audit/link.ts'
import { record } from '../../../worker/audit/record.ts'
import { commit, type Database } from '../../../worker/database/client.ts'
import type { TestDatabase } from '../../support/database.ts'

export type Rows = TestDatabase['rows']

/** Writes what Ada did, in one commit. */
export const writeDeeds = (db: Database, count: number, first = 1): Promise<void> =>
  commit(
    db,
    Array.from({ length: count }, (_, index) => first + index).flatMap(at =>
      record(
        db,
        { principal: { ...SYSTEM, id: 'Users-2', username: 'ada' }, origin: ORIGIN, now: at },
        {
          spaceId: 'Spaces-1',
          category: 'Modified',
          message: `Project Shop was modified for the ${at}. time`,
          documentIds: ['Projects-1', `Channels-${at}`],
          details: { description: `as of ${at}` },
        },
      ),
    ),
  )

const ORIGIN = { userAgent: 'a browser', address: '192.0.2.7' }

/** What somebody can do who has the database, though not the key. */
export const tamper = async (rows: Rows, deeds: [sql: string, ...args: (string | number)[]][]) => {
  const guards = await rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
  const ours = guards.filter(({ name }) => /^(event|audit)/.test(String(name)))
  for (const { name } of ours) await rows(`DROP TRIGGER ${name}`)
  for (const [sql, ...args] of deeds) await rows(sql, ...args)
  for (const { sql } of ours) await rows(String(sql))
}

/** Remembers the record as it is; answers what puts it back. */
export const remember = async (rows: Rows): Promise<() => Promise<void>> => {
  await rows(`CREATE TABLE kept_events AS SELECT ${COLUMNS} FROM events`)
  await rows('CREATE TABLE kept_documents AS SELECT * FROM event_documents')
  await rows('CREATE TABLE kept_seals AS SELECT * FROM audit_seals')
  return () =>
    tamper(rows, [
      ['DELETE FROM events'],
      ['DELETE FROM event_documents'],
      ['DELETE FROM audit_seals'],
      [`INSERT INTO events (${COLUMNS}) SELECT ${COLUMNS} FROM kept_events`],
      ['INSERT INTO event_documents SELECT * FROM kept_documents'],
      ['INSERT INTO audit_seals SELECT * FROM kept_seals'],
    ])
}
const COLUMNS = `sequence, space_id, occurred_at, user_id, username, category, message,
  document_ids, details, established_with, user_agent, address, nonce, mac`

const FORGER = auditKey(Buffer.alloc(32, 9).toString('base64'))

/** A row from nowhere in the place of a number; those from there on move up, to `last`. */
export const insertAt = async (rows: Rows, at: number, last: number) => {
  const up: [string, number, number][] = []
  for (let from = last; from >= at; from--)
    up.push(['UPDATE events SET sequence = ? WHERE sequence = ?', from + 1, from])
  await tamper(rows, [
    ...up,
    [
      `INSERT INTO events (sequence, occurred_at, username, category, message, established_with, nonce, mac)
        VALUES (?, 5, 'ada', 'Created', 'Ben was made an administrator', 'Session', 'another', ?)`,
      at,
      'A'.repeat(43),
    ],
  ])
}

/** Puts the content of rows elsewhere: `[[1, 2], [2, 1]]` swaps the two. */
export const move = (rows: Rows, places: [from: number, to: number][]) =>
  tamper(rows, [
    ...places.map(([from, to]): [string, number, number] => [
      'UPDATE events SET sequence = ? WHERE sequence = ?',
      1_000_000 + to,
      from,
    ]),
    ['UPDATE events SET sequence = sequence - 1000000 WHERE sequence > 1000000'],
    ['DELETE FROM event_documents'],
    [
      'INSERT INTO event_documents SELECT DISTINCT value, sequence FROM events, json_each(document_ids)',
    ],
  ])

/** Changes a row and makes all seals from there anew, with a key of one's own. */
export const rechainFrom = async (rows: Rows, at: number) => {
  await tamper(rows, [["UPDATE events SET username = 'ben' WHERE sequence = ?", at]])
  const stored = await storedRows(rows)
  const [before] = await rows('SELECT hash FROM audit_seals WHERE sequence = ?', at - 1)
  let hash = String(before?.hash ?? '')
  const deeds: [string, ...(string | number)[]][] = []
  for (const row of stored.filter(({ sequence }) => sequence >= at)) {
    const mac = row.sequence === at ? macOf(FORGER, row) : row.mac
    hash = sealOf(FORGER, hash, row.sequence, { ...row, mac })
    deeds.push(['UPDATE events SET mac = ? WHERE sequence = ?', mac, row.sequence])
    deeds.push(['UPDATE audit_seals SET hash = ? WHERE sequence = ?', hash, row.sequence])
  }
  await tamper(rows, deeds)
}

const storedRows = async (rows: Rows): Promise<StoredEvent[]> =>
  (await rows('SELECT * FROM events ORDER BY sequence')).map(row => ({
    sequence: Number(row.sequence),
    spaceId: row.space_id as string | null,
    occurredAt: Number(row.occurred_at),
    userId: row.user_id as string | null,
    username: String(row.username),
    category: String(row.category),
    message: String(row.message),
    documentIds: String(row.document_ids),
    details: String(row.details),
    establishedWith: String(row.established_with),
    userAgent: String(row.user_agent),
    address: String(row.address),
    nonce: String(row.nonce),
    mac: String(row.mac),
  }))

/** A copy of a seal, as the object store keeps them. */
export const anchorOf = async ({ rows, env }: TestDatabase, sequence: number) => {
  const [row] = await rows('SELECT hash FROM audit_seals WHERE sequence = ?', sequence)
  const seal = { sequence, hash: String(row?.hash) }
  return { ...seal, at: 0, mac: anchorMac(auditKey(env.MASTER_KEY), seal, 0) }
}
