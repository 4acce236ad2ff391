import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readSync, truncateSync } from 'node:fs'
import { resolve } from 'node:path'
import { addRecord } from '../log/early-record.ts'
import { killLeftovers } from '../process/leftovers.ts'
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
  const finalOffset = cutToRecords(path)
  if (finalOffset === 0) return { finalOffset, sha256: createHash('sha256').digest('hex') }
  const hash = createHash('sha256')
  forEachChunk(path, bytes => hash.update(bytes), finalOffset)
  return { finalOffset, sha256: hash.digest('hex') }
}

/** Takes away what is left of a record that was still being written. Answers the size then. */
export const cutToRecords = (path: string): number => {
  if (!existsSync(path)) return 0
  const end = lastRecordEnd(path)
  try {
    truncateSync(path, end)
  } catch {}
  return end
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

/** Settles an attempt that was not even started; one that failed says why in its log. */
export const settleUnstarted = (
  folder: string,
  { outcome, reason }: { outcome: 'canceled' | 'failed'; reason: string },
): Result => {
  if (outcome === 'failed') addRecord(folder, { level: 'error', at: Date.now(), text: reason })
  const result: Result = {
    outcome,
    exitCode: null,
    signal: null,
    reason,
    ...measureSpool(folder),
    warnings: outcome === 'failed',
    outputs: null,
  }
  keepResult(folder, result)
  return result
}
