import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The objects in the product's object store, however the store lays them out on disk: without the
 *  copies of the record's chain, which the schedule makes when it is time. */
export const objectsIn = async (dataDir: string): Promise<string[]> => {
  const files = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const blobs = files
    .filter(file => file.isFile() && /[\\/]blobs$/.test(file.parentPath))
    .map(file => join(file.parentPath, file.name))
  const kept = await Promise.all(blobs.map(async path => !(await isAnchor(path))))
  return blobs.filter((_, index) => kept[index]).sort()
}

const ANCHOR_BYTES = 500

const isAnchor = async (path: string): Promise<boolean> => {
  if ((await stat(path)).size > ANCHOR_BYTES) return false
  return /^\{"sequence":\d+,"hash":".*"mac":"[^"]+"\}$/.test(await readFile(path, 'utf8'))
}
