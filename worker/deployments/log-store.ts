import type { Sql } from '../runners/locks.ts'
import type { LogChunk } from '../tasks/log.ts'
import { Blotter } from './blotter.ts'
import type { SecretScreen } from './secret-screen.ts'

export type Appended =
  /** `isBlotted`: secrets were found in it, and are stars now. */
  | { type: 'appended'; next: number; lines: number; isBlotted?: boolean }
  | { type: 'gap'; next: number }

/** Bytes of an attempt's log, and where they begin in it. */
export type Piece = { offset: number; bytes: Uint8Array }

/** A row as it is kept: bytes until the log is sealed, then its place in the sealed object. */
export type ChunkRow = {
  seq: number
  node: string
  attempt: string | null
  offset: number
  size: number
  first_line: number
  lines: number
  received_at: number
  bytes: ArrayBuffer | null
  sealed_at: number | null
}

const LINE_FEED = 10
const PAGE_ROWS = 1_000
const COLUMNS = 'seq, node, attempt, offset, size, first_line, lines, received_at, bytes, sealed_at'

/** The log of a task: one row per chunk as it came; its lines are counted, not read. */
export class LogStore {
  readonly #sql: Sql
  readonly #blotter: Blotter
  readonly #next = new Map<string, number>()
  #lastSeq: number
  #lines: number
  #bytes: number

  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS chunks (seq INTEGER PRIMARY KEY, node TEXT NOT NULL, attempt TEXT,
      offset INTEGER NOT NULL, size INTEGER NOT NULL, first_line INTEGER NOT NULL, lines INTEGER NOT NULL,
      received_at INTEGER NOT NULL, bytes BLOB, sealed_at INTEGER)`)
    sql.exec('CREATE INDEX IF NOT EXISTS chunks_by_node ON chunks (node, seq)')
    sql.exec('CREATE INDEX IF NOT EXISTS chunks_by_attempt ON chunks (attempt, offset)')
    this.#blotter = new Blotter(sql)
    const [last] = sql
      .exec(
        `SELECT coalesce(max(seq), 0) AS seq, coalesce(max(first_line + lines) - 1, 0) AS lines,
          coalesce(sum(size), 0) AS bytes FROM chunks`,
      )
      .toArray() as { seq: number; lines: number; bytes: number }[]
    this.#lastSeq = last?.seq ?? 0
    this.#lines = last?.lines ?? 0
    this.#bytes = last?.bytes ?? 0
  }

  get lastSeq(): number {
    return this.#lastSeq
  }
  get byteCount(): number {
    return this.#bytes
  }

  /** How much of an attempt's log is here. */
  next(attempt: string): number {
    const known = this.#next.get(attempt)
    if (known !== undefined) return known
    const [row] = this.#sql
      .exec('SELECT coalesce(max(offset + size), 0) AS next FROM chunks WHERE attempt = ?', attempt)
      .toArray() as { next: number }[]
    const next = row?.next ?? 0
    this.#next.set(attempt, next)
    return next
  }

  /** How much would be here with these bytes appended. */
  nextWith(attempt: string, { offset, bytes }: Piece): number {
    const next = this.next(attempt)
    return offset > next ? next : Math.max(next, offset + bytes.byteLength)
  }

  /** Appends what is new of `bytes`; what is here already is passed over. */
  append(
    attempt: string,
    node: string,
    offset: number,
    bytes: Uint8Array,
    now: number,
    screen?: SecretScreen,
  ): Appended {
    const next = this.next(attempt)
    if (offset > next) return { type: 'gap', next }
    const sent = bytes.subarray(next - offset)
    if (sent.byteLength === 0) return { type: 'appended', next, lines: 0 }
    const fresh = screen ? this.#blotter.screened(attempt, sent, screen) : sent
    const lines = this.#insert(node, attempt, next, fresh, now)
    this.#next.set(attempt, next + fresh.byteLength)
    const isBlotted = fresh !== sent
    return {
      type: 'appended',
      next: next + fresh.byteLength,
      lines,
      ...(isBlotted && { isBlotted }),
    }
  }

  /** Whether what is here already was something else when it came first. */
  differs(attempt: string, { offset, bytes }: Piece): boolean {
    const end = Math.min(this.next(attempt), offset + bytes.byteLength)
    if (offset >= end || this.isBlotted(attempt)) return false
    const rows = this.#sql
      .exec(
        'SELECT offset, bytes FROM chunks WHERE attempt = ? AND offset < ? AND offset + size > ? AND bytes IS NOT NULL',
        ...[attempt, end, offset],
      )
      .toArray() as { offset: number; bytes: ArrayBuffer | Uint8Array }[]
    return rows.some(row => {
      const here = new Uint8Array(row.bytes)
      const sent = bytes.subarray(Math.max(0, row.offset - offset), end - offset)
      const from = Math.max(0, offset - row.offset)
      return here.subarray(from, from + sent.length).some((byte, at) => byte !== sent[at])
    })
  }

  /** True when the attempt's log is not what its runner wrote, since secrets were blotted out. */
  isBlotted(attempt: string): boolean {
    return this.#blotter.isBlotted(attempt)
  }

  /** A line of the server's own. */
  note(node: string, line: string, now: number): void {
    this.#insert(node, null, 0, new TextEncoder().encode(line), now)
  }

  #insert(
    node: string,
    attempt: string | null,
    offset: number,
    bytes: Uint8Array,
    now: number,
  ): number {
    const lines = countLines(bytes)
    const exact =
      bytes.byteLength === bytes.buffer.byteLength
        ? (bytes.buffer as ArrayBuffer)
        : bytes.slice().buffer
    this.#sql.exec(
      `INSERT INTO chunks (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`,
      this.#lastSeq + 1,
      node,
      attempt,
      offset,
      bytes.byteLength,
      this.#lines + 1,
      lines,
      now,
      exact,
    )
    this.#lastSeq++
    this.#lines += lines
    this.#bytes += bytes.byteLength
    return lines
  }

  /** In order, from after `seq`, until `limit` lines or `maxBytes` are reached (one at least). */
  page(after: number, limit: number, maxBytes: number, node?: string): ChunkRow[] {
    return node === undefined
      ? this.#fitting({ limit, maxBytes }, 'seq > ?', [after])
      : this.#fitting({ limit, maxBytes }, 'seq > ? AND node = ?', [after, node])
  }

  /** The newest chunks of a node that hold at least `limit` lines, in order. */
  tail(node: string, limit: number, maxBytes: number): ChunkRow[] {
    return this.#fitting({ limit, maxBytes, isNewest: true }, 'node = ?', [node])
  }

  /** Only what is asked for is read: the bytes of one chunk more may be a megabyte. */
  #fitting(
    { limit, maxBytes, isNewest = false }: { limit: number; maxBytes: number; isNewest?: boolean },
    condition: string,
    values: (string | number)[],
  ): ChunkRow[] {
    const sizes = this.#sql
      .exec(
        `SELECT seq, size, lines FROM chunks WHERE ${condition} ORDER BY seq ${isNewest ? 'DESC' : ''} LIMIT ${PAGE_ROWS}`,
        ...values,
      )
      .toArray() as Pick<ChunkRow, 'seq' | 'size' | 'lines'>[]
    let count = 0
    let lines = 0
    let size = 0
    for (const each of sizes) {
      if (count > 0 && (lines >= limit || size + each.size > maxBytes)) break
      count++
      lines += each.lines
      size += each.size
    }
    const ends = [sizes[0]?.seq ?? 0, sizes[count - 1]?.seq ?? 0]
    if (count === 0) return []
    return this.#sql
      .exec(
        `SELECT ${COLUMNS} FROM chunks WHERE ${condition} AND seq BETWEEN ? AND ? ORDER BY seq`,
        ...[...values, Math.min(...ends), Math.max(...ends)],
      )
      .toArray() as ChunkRow[]
  }

  /** An attempt's bytes in order, a chunk at a time; then what is new of `rest`. */
  *bytesOf(attempt: string, rest: Piece): Generator<ArrayBuffer | Uint8Array> {
    let from = 0
    for (;;) {
      const [row] = this.#sql
        .exec(
          'SELECT offset, size, bytes FROM chunks WHERE attempt = ? AND offset >= ? ORDER BY offset LIMIT 1',
          attempt,
          from,
        )
        .toArray() as Pick<ChunkRow, 'offset' | 'size' | 'bytes'>[]
      if (!row?.bytes) break
      from = row.offset + row.size
      yield row.bytes
    }
    const fresh = rest.bytes.subarray(Math.max(0, from - rest.offset))
    if (fresh.byteLength > 0) yield fresh
  }

  /** Where each chunk begins in the sealed object; from now on its bytes are read from there. */
  dropBytes(places: Iterable<readonly [seq: number, sealedAt: number]>): void {
    this.#sql.exec(
      `UPDATE chunks SET bytes = NULL, sealed_at = j.at FROM (
        SELECT CAST(key AS INTEGER) AS seq, value AS at FROM json_each(?)) AS j WHERE chunks.seq = j.seq`,
      JSON.stringify(Object.fromEntries(places)),
    )
  }
}

export const countLines = (bytes: Uint8Array): number => {
  let count = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  return count
}

export const chunkOf = (row: ChunkRow, bytes: ArrayBuffer | Uint8Array): LogChunk => ({
  seq: row.seq,
  node: row.node,
  firstLine: row.first_line,
  lines: row.lines,
  receivedAt: row.received_at,
  text: new TextDecoder().decode(bytes),
})
