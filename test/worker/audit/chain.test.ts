import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Anchor, knownAnchors } from '../../../worker/audit/anchors.ts'
import { sealEvents } from '../../../worker/audit/seals.ts'
import { verifyChain } from '../../../worker/audit/verify.ts'
import { verifyFile } from '../../support/audit-file.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { servers } from '../local/libsql/servers.ts'
import {
  anchorOf,
  insertAt,
  move,
  type Rows,
  rechainFrom,
  remember,
  tamper,
  writeDeeds,
} from './tamper.ts'

const LAST = 9
/** The one that can copy its file while it runs. */
const [embedded] = servers()
const POSITIONS = { first: 1, middle: 5, last: LAST }
type Position = keyof typeof POSITIONS

let stand: TestDatabase
let anchor: Anchor
let putBack: () => Promise<void>
beforeAll(async () => {
  stand = await testDatabase()
  await writeDeeds(stand.db, LAST)
  await sealEvents(stand.db, stand.env.MASTER_KEY)
  anchor = await anchorOf(stand, LAST)
  putBack = await remember(stand.rows)
})
afterEach(() => putBack())
afterAll(() => stand.stop())

const verify = (anchors: Anchor[] = [anchor]) =>
  verifyChain(stand.db, stand.env.MASTER_KEY, knownAnchors(anchors))
const bad = async () => {
  const { state, firstBad, upTo } = await verify()
  return { state, kind: firstBad?.kind, sequence: firstBad?.sequence, upTo }
}

describe('the chain of the audit record', () => {
  it('is whole, and says how far it reaches', async () => {
    expect(await verify()).toEqual({
      state: 'verified',
      rows: LAST,
      upTo: LAST,
      next: undefined,
      sealedUpTo: LAST,
      unsealed: 0,
      firstBad: undefined,
      missingGuards: [],
    })
  })

  const kinds: [string, (rows: Rows, at: number) => Promise<unknown>, Record<Position, string>][] =
    [
      [
        'edited',
        (rows, at) =>
          tamper(rows, [["UPDATE events SET message = 'nothing' WHERE sequence = ?", at]]),
        { first: 'changed 1', middle: 'changed 5', last: 'changed 9' },
      ],
      [
        'deleted, its seal with it',
        (rows, at) =>
          tamper(rows, [
            ['DELETE FROM events WHERE sequence = ?', at],
            ['DELETE FROM audit_seals WHERE sequence = ?', at],
          ]),
        { first: 'missing 1', middle: 'missing 5', last: 'cut 9' },
      ],
      [
        'joined by one from nowhere',
        (rows, at) => insertAt(rows, at === LAST ? LAST + 1 : at, LAST),
        { first: 'inserted 1', middle: 'inserted 5', last: 'inserted 10' },
      ],
      [
        'moved three places',
        (rows, at) => {
          const from = Math.min(at, LAST - 3)
          const around: [number, number][] = [
            [from, from + 3],
            [from + 1, from],
            [from + 2, from + 1],
            [from + 3, from + 2],
          ]
          return move(rows, around)
        },
        { first: 'reordered 1', middle: 'reordered 5', last: 'reordered 6' },
      ],
      [
        'the last of a record whose tail was cut',
        (rows, at) =>
          tamper(rows, [
            ['DELETE FROM events WHERE sequence > ?', Math.min(at, LAST - 1)],
            ['DELETE FROM audit_seals WHERE sequence > ?', Math.min(at, LAST - 1)],
          ]),
        { first: 'cut 2', middle: 'cut 6', last: 'cut 9' },
      ],
      [
        'swapped with its neighbour',
        (rows, at) => {
          const one = Math.min(at, LAST - 1)
          return move(rows, [
            [one, one + 1],
            [one + 1, one],
          ])
        },
        { first: 'reordered 1', middle: 'reordered 5', last: 'reordered 8' },
      ],
      [
        'edited, and all seals from there made anew without the key',
        rechainFrom,
        { first: 'rechained 1', middle: 'rechained 5', last: 'changed 9' },
      ],
    ]
  const cells = kinds.flatMap(([kind, deed, expected]) =>
    (Object.keys(POSITIONS) as Position[]).map(
      position => [position, kind, deed, expected[position]] as const,
    ),
  )
  it.each(cells)('tells that the %s row was %s', async (position, _kind, deed, expected) => {
    await deed(stand.rows, POSITIONS[position])
    const found = await bad()
    expect(`${found.kind} ${found.sequence}`).toBe(expected)
    expect(found).toMatchObject({ state: 'broken', upTo: (found.sequence ?? 0) - 1 })
  })
})

describe('an old file that was put back', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-audit-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it.each([
    ['the first row', 1, 'cut 2'],
    ['the middle', 5, 'cut 6'],
    ['the row before the last', 8, 'cut 9'],
  ])('shows by what the object store remembers: as of %s', async (_when, rows, expected) => {
    const old = await testDatabase({}, embedded)
    try {
      await writeDeeds(old.db, rows)
      await sealEvents(old.db, old.env.MASTER_KEY)
      await old.rows('VACUUM INTO ?', join(folder, 'old.db'))
      await writeDeeds(old.db, LAST - rows, rows + 1)
      await sealEvents(old.db, old.env.MASTER_KEY)
      const anchors = [await anchorOf(old, LAST)]
      const key = old.env.MASTER_KEY
      const { firstBad } = await verifyFile(join(folder, 'old.db'), key, anchors)
      expect(`${firstBad?.kind} ${firstBad?.sequence}`).toBe(expected)
      expect(firstBad?.message).toContain('an older file was put back')
      expect(await verifyFile(join(folder, 'old.db'), key)).toMatchObject({
        state: 'verified',
        rows,
      })
    } finally {
      await old.stop()
    }
  })

  it('shows though the server wrote on', async () => {
    const anchors = [await anchorOf(stand, 3), await anchorOf(stand, 7), anchor]
    await tamper(stand.rows, [
      ['DELETE FROM events WHERE sequence > 5'],
      ['DELETE FROM audit_seals WHERE sequence > 5'],
      ['DELETE FROM event_documents WHERE event_sequence > 5'],
    ])
    await writeDeeds(stand.db, 10, 20)
    await sealEvents(stand.db, stand.env.MASTER_KEY)
    const { firstBad } = await verify(anchors)
    expect(firstBad).toEqual({
      kind: 'replaced',
      sequence: 4,
      message:
        'Rows from 4 on were written anew: row 7 is not the one that the object store remembers.',
    })
  })
})
