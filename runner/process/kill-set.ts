import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A control group of its own for the processes of one attempt, where the host lets us make one
 * (cgroup v2, writable): whatever they fork, whoever they become, they are in it, and one write ends
 * them all. Elsewhere the process group and the cookie have to do; see `leftovers.ts`.
 */
export type KillSet = {
  /** The file a process writes its number to in order to join, with all it will start. */
  readonly members: string
  /** The numbers of those in it now. */
  processes(): number[]
  /** Ends all of them at once; one that is just forking is ended with its child. */
  kill(): void
  /** Goes away; false while something is in it still. */
  remove(): boolean
}

/** Where version 2 is mounted, alone or beside version 1, and the file that says where we are in it. */
export type Groups = { roots: readonly string[]; membership: string }

const HOST: Groups = {
  roots: ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'],
  membership: '/proc/self/cgroup',
}

let parent: string | null | undefined

/** Our own folder for kill sets, or null where there can be none. Tried once in a process. */
const parentFolder = (): string | null => {
  if (parent === undefined) parent = process.platform === 'linux' ? makeParent(HOST) : null
  return parent
}

/** A folder beneath our own group; null where none can be made, or where it could not end anything. */
export const makeParent = ({ roots, membership }: Groups): string | null => {
  const root = roots.find(path => existsSync(join(path, 'cgroup.procs')))
  const own = /^0::(.*)$/m.exec(read(membership))?.[1]
  if (!root || own === undefined) return null
  const folder = join(root, own, `slipway-${process.pid}`)
  try {
    sweep(join(root, own))
    mkdirSync(folder)
    if (existsSync(join(folder, 'cgroup.kill'))) return folder
    rmdirSync(folder)
  } catch {}
  return null
}

/** What processes of ours that are gone have left, unless something lives in it still. */
const sweep = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^slipway-(\d+)$/.exec(name) ?? []
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    const path = join(folder, name)
    try {
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) rmdirSync(join(path, entry.name))
      rmdirSync(path)
    } catch {}
  }
}

export const killMethod = (): string => {
  const folder = parentFolder()
  if (folder === null)
    return 'process group and environment (no writable cgroup v2 with cgroup.kill)'
  closeKillSets()
  return 'cgroup v2'
}

/** Removes what {@link openKillSet} made beside the sets themselves. */
export const closeKillSets = (): void => {
  try {
    if (parent) rmdirSync(parent)
    parent = undefined
  } catch {}
}

let opened = 0

/** An empty one; undefined where the host has none to give. */
export const openKillSet = (): KillSet | undefined => {
  const folder = parentFolder()
  if (folder === null) return undefined
  opened += 1
  const path = join(folder, `${opened}`)
  try {
    mkdirSync(path)
  } catch {
    return undefined
  }
  return killSetAt(path)
}

/** The one whose folder this is. */
export const killSetAt = (path: string): KillSet => ({
  members: join(path, 'cgroup.procs'),
  processes: () =>
    read(join(path, 'cgroup.procs'))
      .split('\n')
      .map(Number)
      .filter(number => number > 0),
  kill: () => {
    try {
      writeFileSync(join(path, 'cgroup.kill'), '1')
    } catch {}
  },
  remove: () => {
    try {
      rmdirSync(path)
      return true
    } catch {
      return false
    }
  },
})

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
