import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { writeAll } from '../durable.ts'
import { formatRecord, type LogRecord } from '../protocol/log-record.ts'
import { spoolFile } from '../result.ts'
import { sizeOf } from '../supervisor/adoption.ts'

/** Adds a record to the log of an attempt that no supervisor writes to (yet), for good. Answers the
 *  log's size in bytes; a record that finds no room leaves nothing behind. */
export const addRecord = (folder: string, record: LogRecord): number => {
  const path = spoolFile(folder)
  const size = sizeOf(path)
  const bytes = Buffer.from(formatRecord(record))
  let descriptor: number | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    descriptor = openSync(path, 'a', 0o600)
    writeAll(descriptor, bytes)
    fdatasyncSync(descriptor)
    return size + bytes.length
  } catch {
    if (descriptor !== undefined) undo(descriptor, size)
    return size
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

const undo = (descriptor: number, size: number): void => {
  try {
    ftruncateSync(descriptor, size)
  } catch {
    // Readers take whole records only, and what goes on writing here begins after the last of them.
  }
}
