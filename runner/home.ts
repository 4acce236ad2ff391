import { chmodSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where a runner keeps what is its own. Directories are 0700, files 0600: nobody else reads them. */
export type Home = {
  root: string
  /** Who this runner is and which server it talks to. */
  config: string
  key: string
  lock: string
  journal: string
  /** Per attempt: `out.spool`, `exit.json`. */
  attempts: string
  /** Per attempt: the folder its scripts run in. */
  work: string
  /** Packages by SHA-256. */
  packages: string
  applications: string
  deployed: string
}

export const homeAt = (root: string): Home => ({
  root,
  config: join(root, 'runner.json'),
  key: join(root, 'key.pem'),
  lock: join(root, 'lock'),
  journal: join(root, 'journal.jsonl'),
  attempts: join(root, 'attempts'),
  work: join(root, 'work'),
  packages: join(root, 'packages'),
  applications: join(root, 'applications'),
  deployed: join(root, 'deployed.jsonl'),
})

/** Makes sure that its folders are there, and its owner's alone. */
export const openHome = (root: string): Home => {
  const home = homeAt(root)
  mkdirSync(root, { recursive: true, mode: 0o700 })
  chmodSync(root, 0o700)
  for (const folder of [home.attempts, home.work, home.packages, home.applications])
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  return home
}

/** An attempt's id as a folder name. */
export const folderName = (attempt: string) => attempt.replace(':', '_')

/** What marks the processes of an attempt: no other runner of this machine has the same. */
export const cookieOf = (home: Home, attempt: string): string =>
  resolve(home.attempts, folderName(attempt))
