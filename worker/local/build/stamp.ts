import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathTo } from '../paths.ts'
import { replaceFile } from '../replace-file.ts'

const SOURCES = ['worker', 'ui', 'runner', 'package-lock.json']
const STAMP = pathTo('.build', 'stamp')

/** Names the state of all sources: each file's path, size and time of change. */
export const sourceStamp = async (): Promise<string> => {
  const hash = createHash('sha256')
  for (const source of SOURCES) await add(hash, pathTo(source))
  return hash.digest('hex')
}

export const readStamp = async (): Promise<string | undefined> => {
  try {
    return await readFile(STAMP, 'utf8')
  } catch {
    return undefined
  }
}

export const writeStamp = (stamp: string): Promise<void> => replaceFile(STAMP, stamp)

const add = async (hash: ReturnType<typeof createHash>, path: string): Promise<void> => {
  const found = await stat(path)
  if (found.isDirectory()) {
    for (const name of (await readdir(path)).sort()) await add(hash, join(path, name))
  } else hash.update(`${path}\0${found.size}\0${found.mtimeMs}\n`)
}
