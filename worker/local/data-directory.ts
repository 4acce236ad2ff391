import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'libsql'
import { StartError } from './start-error.ts'

export interface DataDirectory {
  readonly path: string
  readonly database: string
  /** Durable Objects and the object store. */
  readonly state: string
  readonly runner: string
  /** The object store's name: a secret that follows from the master key. */
  readonly bucket: string
  /** 32 bytes, base64. Made once; whoever has it and the database can read every secret. */
  readonly masterKey: string
  readonly installationId: string
  unlock(): Promise<void>
}

/** Opens the directory, made when it is missing, for this process alone. Throws a `StartError` when
 *  another process has it. The lock is the operating system's: it goes with its process, however that ends. */
export const openDataDirectory = async (given: string): Promise<DataDirectory> => {
  const path = await make(given)
  const lock = await take(path)
  const pidFile = join(path, 'slipway.pid')
  await writeFile(pidFile, `${process.pid}\n`)
  for (const folder of ['libsql', 'state', 'runner']) {
    await mkdir(join(path, folder), { recursive: true, mode: 0o700 })
  }
  const masterKey = await once(join(path, 'master.key'), () => randomBytes(32).toString('base64'))
  return {
    path,
    database: join(path, 'libsql', 'slipway.db'),
    state: join(path, 'state'),
    runner: join(path, 'runner'),
    bucket: `store-${createHmac('sha256', masterKey).update('bucket').digest('hex').slice(0, 32)}`,
    masterKey,
    installationId: await once(join(path, 'installation-id'), randomUUID),
    unlock: async () => {
      await rm(pidFile, { force: true })
      lock.close()
    },
  }
}

const make = async (given: string): Promise<string> => {
  try {
    await mkdir(given, { recursive: true, mode: 0o700 })
    await chmod(given, 0o700)
    return await realpath(given)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `The data directory ${given} cannot be used: ${reason}. Choose another with --data.`,
    )
  }
}

const take = async (path: string): Promise<{ close(): unknown }> => {
  const lock = new Database(join(path, 'lock'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;')
    return lock
  } catch {
    lock.close()
    const pid = (await readFile(join(path, 'slipway.pid'), 'utf8').catch(() => '')).trim()
    const holder = pid === '' ? 'another process' : `the process ${pid}`
    throw new StartError(
      `The data directory ${path} is in use by ${holder}. Stop it, or choose another directory with --data.`,
    )
  }
}

/** The file's text; a new file appears whole and on disk, or not at all. */
const once = async (file: string, create: () => string): Promise<string> => {
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return kept.trim()
  const draft = `${file}.new`
  await rm(draft, { force: true })
  const text = create()
  await writeFile(draft, `${text}\n`, { mode: 0o600, flush: true })
  await link(draft, file)
  await rm(draft)
  return text
}
