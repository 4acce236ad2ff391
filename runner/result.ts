import {
  closeSync,
  constants,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { syncFolder, writeAll } from './durable.ts'
import type { CompleteRequest } from './protocol/messages.ts'

/** How an attempt ended, as the supervisor leaves it in `exit.json`. Holds no plain secret:
 *  `outputs` is sealed. */
export type Result = Omit<CompleteRequest, 'fence' | 'tail'>

export const exitFile = (folder: string) => join(folder, 'exit.json')
export const spoolFile = (folder: string) => join(folder, 'out.spool')

const isResult = (value: unknown): value is Result => {
  const { outcome, finalOffset, sha256 } = (value ?? {}) as Partial<Result>
  return (
    typeof outcome === 'string' && typeof finalOffset === 'number' && typeof sha256 === 'string'
  )
}

/** The result on disk, or undefined while there is none. */
export const readResult = (folder: string): Result | undefined => {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(exitFile(folder), 'utf8'))
  } catch {
    return undefined
  }
  return isResult(value) ? value : undefined
}

const RESERVED_BYTES = 16_384

/** Sets space aside so that the result can be told even when the disk is full by then. */
export const reserveResult = (folder: string): void => {
  try {
    writeFileSync(`${exitFile(folder)}.tmp`, Buffer.alloc(RESERVED_BYTES, ' '), { mode: 0o600 })
  } catch {
    // Without room for the reserve the result may still find some.
  }
}

/** The result is durable when this returns. */
export const writeResult = (folder: string, result: Result): void => {
  const temporary = `${exitFile(folder)}.tmp`
  const descriptor = openSync(temporary, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    const bytes = Buffer.from(JSON.stringify(result))
    writeAll(descriptor, bytes)
    ftruncateSync(descriptor, bytes.length)
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, exitFile(folder))
  syncFolder(folder)
}
