import { type LogRecord, parseRecord } from '../../../runner/protocol/log-record.ts'
import type { Answer, Passage } from './link.ts'
import { kindOf } from './runner-messages.ts'
import type { World } from './world.ts'

/** Collects the log bytes that the server acknowledges, attempt by attempt. */
export const collectLog = (world: World): ((deployment: string) => LogRecord[]) => {
  const logs = new Map<string, Buffer>()
  const tap = world.link.onAnswered
  const add = (attempt: string, offset: number, bytes: Buffer): void => {
    const known = logs.get(attempt) ?? Buffer.alloc(0)
    if (offset <= known.length) logs.set(attempt, Buffer.concat([known.subarray(0, offset), bytes]))
  }
  world.link.onAnswered = (passage: Passage, answer: Answer) => {
    tap?.(passage, answer)
    if (answer.status !== 200) return
    const attempt = decodeURIComponent(passage.path.split('/')[4] ?? '')
    const kind = kindOf(passage)
    if (kind === 'log') {
      const offset = Number(new URLSearchParams(passage.path.split('?')[1]).get('offset'))
      add(attempt, offset, passage.body)
    }
    if (kind === 'complete') {
      const { tail } = JSON.parse(passage.body.toString('utf8'))
      if (tail) add(attempt, tail.offset, Buffer.from(tail.bytes, 'base64'))
    }
  }
  return deployment =>
    [...logs]
      .filter(([attempt]) => attempt.startsWith(`${deployment}:`))
      .flatMap(([, bytes]) => bytes.toString('utf8').split('\n').slice(0, -1).map(parseRecord))
}

/** What a step wrote, from its records: escapes undone, continuations joined. */
export const bytesOf = (records: LogRecord[]): Buffer =>
  Buffer.concat(
    records.map((record, at) => {
      const bytes = record.escaped ? unescaped(record.text) : Buffer.from(record.text)
      return records[at + 1]?.continued ? bytes : Buffer.concat([bytes, Buffer.from('\n')])
    }),
  )

const unescaped = (text: string): Buffer => {
  const parts: Buffer[] = []
  for (const [whole, hex] of text.matchAll(/\\x([0-9A-Fa-f]{2})|\\\\|[^\\]+/g))
    parts.push(
      hex === undefined
        ? Buffer.from(whole === '\\\\' ? '\\' : whole)
        : Buffer.from([Number.parseInt(hex, 16)]),
    )
  return Buffer.concat(parts)
}
