import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { dirname } from 'node:path'

/** Waits until there is such a file or, to be told, none any more; its folder is watched. */
export const becomes = async (path: string, state: 'there' | 'gone'): Promise<void> => {
  const watcher = watch(dirname(path))
  while (existsSync(path) !== (state === 'there')) await once(watcher, 'change')
  watcher.close()
}

export const appears = (path: string): Promise<void> => becomes(path, 'there')
