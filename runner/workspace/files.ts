import { copyFileSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import picomatch from 'picomatch'
import { type Patience, patiently } from './patience.ts'

const MAX_FILES = 1_000_000

/** Paths of all files below a folder, relative to it, sorted. Links are not followed, and are left
 *  out unless asked for. */
export const listFiles = (folder: string, { links = false } = {}): string[] => {
  const files: string[] = []
  const walk = (relative: string) => {
    for (const entry of readdirSync(join(folder, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile() || links) files.push(path)
      if (files.length > MAX_FILES) throw new Error(`${folder} holds more than ${MAX_FILES} files.`)
    }
  }
  walk('')
  return files.sort()
}

/** A glob as steps have them: `*`, `**`, `?`, `{a,b}`, `[ab]`, with either slash. */
export const matcherOf = (pattern: string): ((path: string) => boolean) =>
  picomatch(pattern.replaceAll('\\', '/').replace(/^\.\//, ''), { dot: true })

/** Full paths of the files below `folder` that match; a plain name means that one file. */
export const findFiles = (folder: string, pattern: string): string[] => {
  try {
    if (!statSync(folder).isDirectory()) return []
  } catch {
    return []
  }
  const matches = matcherOf(pattern)
  return listFiles(folder)
    .filter(path => matches(path))
    .map(path => join(folder, path))
}

/** Copies all files, over those of the same name, and folders even if they are empty; answers how
 *  many files. Links are left out. */
export const copyFolder = (
  from: string,
  to: string,
  withPatience: Patience = patiently,
): number => {
  mkdirSync(to, { recursive: true })
  let count = 0
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) count += copyFolder(source, target, withPatience)
    else if (entry.isFile()) {
      withPatience(() => copyFileSync(source, target))
      const { atime, mtime } = statSync(source)
      utimesSync(target, atime, mtime)
      count += 1
    }
  }
  return count
}
