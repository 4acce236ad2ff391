import { describe, expect, it } from 'vitest'
import { countLines, LogStore } from '../../../worker/deployments/log-store.ts'
import { objectSql } from '../../support/object-sql.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (row: { bytes: ArrayBuffer | Uint8Array | null }) =>
  new TextDecoder().decode(row.bytes ?? new Uint8Array())
const ATTEMPT = 'Deployments-1:1'

describe('the log of a task', () => {
  it.each([
    { what: 'what comes next', offset: 4, chunk: 'two\n', next: 8, kept: ['one\n', 'two\n'] },
    { what: 'nothing of what is there', offset: 0, chunk: 'one\n', next: 4, kept: ['one\n'] },
    {
      what: 'what is new of an overlap',
      offset: 0,
      chunk: 'one\ntwo\n',
      next: 8,
      kept: ['one\n', 'two\n'],
    },
  ])('takes $what', ({ offset, chunk, next, kept }) => {
    const log = new LogStore(objectSql())
    log.append(ATTEMPT, '1/web', 0, bytes('one\n'), 0)
    expect(log.append(ATTEMPT, '1/web', offset, bytes(chunk), 1)).toMatchObject({ next })
    expect(log.page(0, 100, 1_000).map(text)).toEqual(kept)
    expect(log.next(ATTEMPT)).toBe(next)
  })

  it('refuses bytes beyond a gap', () => {
    const log = new LogStore(objectSql())
    expect(log.append(ATTEMPT, '1/web', 1, bytes('x'), 0)).toEqual({ type: 'gap', next: 0 })
  })

  it('numbers lines over the whole task and knows where it was when it comes up again', () => {
    const sql = objectSql()
    const before = new LogStore(sql)
    before.note('', 'a\n', 0)
    before.append(ATTEMPT, '1/web', 0, bytes('b\nc\n'), 0)
    const log = new LogStore(sql)
    expect(log.next(ATTEMPT)).toBe(4)
    log.note('2', 'd\n', 0)
    expect(
      log.page(0, 100, 1_000).map(({ seq, first_line, lines }) => [seq, first_line, lines]),
    ).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 4, 1],
    ])
    expect(log.byteCount).toBe(8)
  })

  it('gives pages from a position, bounded by lines and bytes, of one node when asked', () => {
    const log = new LogStore(objectSql())
    for (let n = 1; n <= 6; n++) log.note(n % 2 ? 'odd' : 'even', `${n}\n`, 0)
    const seqs = (rows: { seq: number }[]) => rows.map(({ seq }) => seq)
    expect(seqs(log.page(2, 2, 1_000))).toEqual([3, 4])
    expect(seqs(log.page(0, 100, 5))).toEqual([1, 2])
    expect(seqs(log.page(0, 100, 1))).toEqual([1])
    expect(seqs(log.page(1, 100, 1_000, 'odd'))).toEqual([3, 5])
    expect(seqs(log.tail('even', 2, 1_000))).toEqual([4, 6])
  })

  it.each([
    { limit: 1, maxBytes: 1_000, newest: ['c\n'] },
    { limit: 100, maxBytes: 4, newest: ['b\n', 'c\n'] },
    { limit: 100, maxBytes: 1, newest: ['c\n'] },
  ])(
    'gives the newest $limit lines or $maxBytes bytes of a node, in order',
    ({ limit, maxBytes, newest }) => {
      const log = new LogStore(objectSql())
      for (const line of ['a\n', 'b\n', 'c\n']) log.note('1/web', line, 0)
      log.note('', 'd\n', 0)
      expect(log.tail('1/web', limit, maxBytes).map(text)).toEqual(newest)
    },
  )

  it('reads the bytes of what it gives, and of nothing beside', () => {
    const sql = objectSql()
    const read: unknown[] = []
    const exec = (query: string, ...values: unknown[]) => {
      const rows = sql.exec(query, ...(values as never[])).toArray() as object[]
      read.push(...rows.filter(row => 'bytes' in row && 'seq' in row))
      return { toArray: () => rows }
    }
    const log = new LogStore({ exec } as never)
    for (const line of ['a\n', 'b\n', 'c\n']) log.note('', line, 0)
    read.length = 0
    expect(log.page(0, 1, 1_000)).toHaveLength(1)
    expect(read).toHaveLength(1)
  })

  it('counts lines without reading them', () => {
    expect(countLines(bytes('a\nb\n\nc'))).toBe(3)
    expect(countLines(bytes(''))).toBe(0)
  })
})
