import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import type { Home } from './home.ts'
import { identify, isAlive, type ProcessIdentity } from './process/identity.ts'

/** Makes this the only daemon of its home; answers how to let go. Throws when another one runs. */
export const takeLock = (home: Home): (() => void) => {
  for (let tries = 0; tries < 3; tries++) {
    try {
      const descriptor = openSync(home.lock, 'wx', 0o600)
      writeSync(descriptor, JSON.stringify(identify(process.pid)))
      closeSync(descriptor)
      return () => rmSync(home.lock, { force: true })
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
      const holder = readHolder(home)
      if (holder && isAlive(holder)) {
        throw new Error(
          `A runner is at work in ${home.root} already (process ${holder.pid}); stop it first.`,
        )
      }
      rmSync(home.lock, { force: true })
    }
  }
  throw new Error(`${home.lock} cannot be taken; is another runner starting?`)
}

const readHolder = (home: Home): ProcessIdentity | undefined => {
  try {
    return JSON.parse(readFileSync(home.lock, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}
