import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { identify, isAlive, type ProcessIdentity } from '../process/identity.ts'

const WAIT_MS = 10
const MAX_WAIT_MS = 30_000
/** Who breaks a dead one's lock is done in no time. */
const BREAKING_MS = 10_000

/** Does something that no other process of this machine does meanwhile. Meant for work of
 *  milliseconds: it waits without letting anything else run, for at most half a minute. The lock of
 *  a process that died is broken. Throws when somebody else keeps it. */
export const withFileLock = <T>(path: string, work: () => T): T => {
  take(path)
  try {
    return work()
  } finally {
    rmSync(path, { force: true })
  }
}

const take = (path: string): void => {
  for (let waited = 0; waited < MAX_WAIT_MS; waited += WAIT_MS) {
    if (create(path)) return
    const holder = holderOf(path)
    if (holder && !isAlive(holder)) breakLock(path)
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
  }
  throw new Error(`${path} is held by process ${holderOf(path)?.pid ?? 'unknown'}; is it stuck?`)
}

const create = (path: string): boolean => {
  try {
    const descriptor = openSync(path, 'wx', 0o600)
    writeSync(descriptor, JSON.stringify(identify(process.pid)))
    closeSync(descriptor)
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    return false
  }
}

const holderOf = (path: string): ProcessIdentity | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

/** One at a time, and only after another look: else the second would break the lock of the first. */
const breakLock = (path: string): void => {
  const breaking = `${path}.breaking`
  if (!create(breaking)) {
    const { mtimeMs } = statSync(breaking, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > BREAKING_MS) rmSync(breaking, { force: true })
    return
  }
  const holder = holderOf(path)
  if (holder && !isAlive(holder)) rmSync(path, { force: true })
  rmSync(breaking, { force: true })
}
