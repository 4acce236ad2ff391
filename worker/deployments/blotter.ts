import type { Sql } from '../runners/locks.ts'
import { blotOut, type SecretScreen } from './secret-screen.ts'

/** Takes secrets out of an attempt's log while it is being stored, also such as begin in one chunk
 *  and end in the next. */
export class Blotter {
  readonly #sql: Sql
  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec('CREATE TABLE IF NOT EXISTS blotted (attempt TEXT PRIMARY KEY) WITHOUT ROWID')
  }

  /** True when the attempt's log is not what its runner wrote, since secrets were blotted out. */
  isBlotted(attempt: string): boolean {
    return this.#sql.exec('SELECT 1 FROM blotted WHERE attempt = ?', attempt).toArray().length > 0
  }

  /** Secrets may begin in what is here already: that is looked at again, and corrected. Only the
   *  seam is copied; a chunk without secrets is the same bytes. */
  screened(attempt: string, sent: Uint8Array, screen: SecretScreen): Uint8Array {
    const { reach } = screen
    const before = this.#ends(attempt, reach)
    const seam = joined([...before.map(({ bytes }) => bytes), sent.subarray(0, reach)])
    const kept = seam.byteLength - Math.min(reach, sent.byteLength)
    const across = screen.find(seam).filter(({ from, to }) => from < kept && to > kept)
    const inside = screen.find(sent)
    if (across.length + inside.length === 0) return sent
    this.#sql.exec('INSERT INTO blotted VALUES (?) ON CONFLICT DO NOTHING', attempt)
    const blotted = blotOut(seam, across)
    let at = 0
    for (const { seq, bytes } of before) {
      const end = at + bytes.byteLength
      if (across.some(({ from }) => from < end)) this.#replaceEnd(seq, blotted.subarray(at, end))
      at = end
    }
    return blotOut(sent, [...across.map(({ to }) => ({ from: 0, to: to - kept })), ...inside])
  }

  #replaceEnd(seq: number, end: Uint8Array): void {
    const [row] = this.#sql.exec('SELECT bytes FROM chunks WHERE seq = ?', seq).toArray() as {
      bytes: ArrayBuffer
    }[]
    if (!row) return
    const whole = new Uint8Array(row.bytes).slice()
    whole.set(end, whole.byteLength - end.byteLength)
    this.#sql.exec('UPDATE chunks SET bytes = ? WHERE seq = ?', whole.buffer, seq)
  }

  /** The last bytes of an attempt's newest chunks, `count` of each at most, in order. */
  #ends(attempt: string, count: number): { seq: number; bytes: Uint8Array }[] {
    if (count === 0) return []
    const rows = this.#sql
      .exec(
        `SELECT seq, substr(bytes, -?) AS bytes FROM chunks
          WHERE attempt = ? AND bytes IS NOT NULL ORDER BY offset DESC LIMIT 4`,
        ...[count, attempt],
      )
      .toArray() as { seq: number; bytes: ArrayBuffer }[]
    return rows.reverse().map(({ seq, bytes }) => ({ seq, bytes: new Uint8Array(bytes) }))
  }
}

const joined = (parts: Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}
