import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { resolve } from 'node:path'
import { killLeftovers } from '../process/leftovers.ts'
import { formatRecord } from '../protocol/log-record.ts'
import { type Result, readResult, spoolFile, writeResult } from '../result.ts'

/** Settles an attempt whose supervisor is gone: what it started is ended, its log counts up to the
 *  last whole record, and unless it left a result the outcome is unknown, and is called that. */
export const settleLost = (folder: string, reason: string): Result => {
  killLeftovers(resolve(folder))
  const known = readResult(folder)
  if (known) return known
  // It may have been lost before it came to make its folder.
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const result: Result = {
    outcome: 'unknown',
    exitCode: null,
    signal: null,
    reason,
    ...measureSpool(folder),
    warnings: true,
    outputs: null,
  }
  keepResult(folder, result)
  return result
}

/** A disk that takes nothing more must not keep the outcome from being told. */
const keepResult = (folder: string, result: Result): void => {
  try {
    writeResult(folder, result)
  } catch {}
}

const measureSpool = (folder: string): { finalOffset: number; sha256: string } => {
  const path = spoolFile(folder)
  if (!existsSync(path)) return { finalOffset: 0, sha256: createHash('sha256').digest('hex') }
  const finalOffset = lastRecordEnd(path)
  try {
    truncateSync(path, finalOffset)
  } catch {}
  const hash = createHash('sha256')
  forEachChunk(path, bytes => hash.update(bytes), finalOffset)
  return { finalOffset, sha256: hash.digest('hex') }
}

const lastRecordEnd = (path: string): number => {
  let position = 0
  let end = 0
  forEachChunk(path, bytes => {
    const last = bytes.lastIndexOf(0x0a)
    if (last !== -1) end = position + last + 1
    position += bytes.length
  })
  return end
}

const forEachChunk = (
  path: string,
  take: (bytes: Buffer) => void,
  end = Number.POSITIVE_INFINITY,
): void => {
  const buffer = Buffer.alloc(1_048_576)
  const descriptor = openSync(path, 'r')
  let position = 0
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      take(buffer.subarray(0, Math.min(read, end - position)))
      position = Math.min(position + read, end)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Settles an attempt that could not even be started, with the reason as its log. */
export const settleUnstarted = (folder: string, reason: string): Result => {
  const text = formatRecord({ level: 'error', at: Date.now(), text: reason })
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(spoolFile(folder), text, { mode: 0o600 })
  } catch {}
  const result: Result = {
    outcome: 'failed',
    exitCode: null,
    signal: null,
    reason,
    ...measureSpool(folder),
    warnings: true,
    outputs: null,
  }
  keepResult(folder, result)
  return result
}
