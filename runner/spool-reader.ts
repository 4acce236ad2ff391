import { closeSync, existsSync, fdatasyncSync, openSync, readSync } from 'node:fs'
import { spoolFile } from './result.ts'

/** Bytes of an attempt's log. What is not there (any more) is empty: the server says what it
 *  misses. */
export const readSpool = (folder: string, offset: number, length: number): Buffer => {
  const path = spoolFile(folder)
  if (length <= 0 || !existsSync(path)) return Buffer.alloc(0)
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafe(length)
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset))
  } finally {
    closeSync(descriptor)
  }
}

/** Whole records only: the last one may still be in the writing. */
export const readRecords = (folder: string, offset: number, limit: number): Buffer => {
  const bytes = readSpool(folder, offset, limit)
  return bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
}

/** What the log has now is still there after a power cut. */
export const syncSpool = (folder: string): void => {
  const descriptor = openSync(spoolFile(folder), 'r')
  try {
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
