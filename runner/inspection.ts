import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeAll } from './durable.ts'
import { freeBytes, RUNNER_VERSION } from './facts.ts'
import type { Home } from './home.ts'
import type { Report } from './protocol/messages.ts'
import { readUpdate } from './update.ts'

/** With less than this free a package may not fit any more. */
export const ENOUGH_BYTES = 500 * 1024 * 1024
const PROBE = Buffer.alloc(65_536)

/** Looks whether this machine can take work: what it must write down has to find room. */
export const inspect = (home: Home): Report => {
  const free = freeBytes(home.root)
  const problem = [home.root, home.attempts, home.work]
    .map(probe)
    .find(reason => reason !== undefined)
  const update = readUpdate(home)
  const isScarce = free !== undefined && free < ENOUGH_BYTES
  return {
    ...(problem !== undefined && { problem }),
    warnings: [
      ...(isScarce
        ? [`Only ${Math.floor(free / 1_048_576)} MiB are free where the runner keeps its files.`]
        : []),
      ...(update?.state === 'failed'
        ? [
            `The update to ${update.version || 'a new version'} was taken back: ${update.reason}.`.slice(
              0,
              300,
            ),
          ]
        : []),
    ],
    ...(free !== undefined && { freeDiskBytes: free }),
    runnerVersion: RUNNER_VERSION,
  }
}

/** Why nothing can be written in this folder, if it cannot. */
const probe = (folder: string): string | undefined => {
  const path = join(folder, '.probe')
  try {
    const descriptor = openSync(path, 'w', 0o600)
    try {
      writeAll(descriptor, PROBE)
    } finally {
      closeSync(descriptor)
    }
    rmSync(path)
    return undefined
  } catch (error) {
    try {
      rmSync(path, { force: true })
    } catch {}
    return unwritable(folder, error)
  }
}

export const unwritable = (folder: string, error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string }
  const why =
    code === 'ENOSPC'
      ? 'the disk is full; make room'
      : code === 'EROFS' || code === 'EACCES'
        ? 'it is read-only; make it writable'
        : (message ?? String(error))
  return `The runner takes no work: it cannot write to ${folder}: ${why}.`.slice(0, 500)
}
