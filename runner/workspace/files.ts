import { copyFileSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

/** Copies all files, over those of the same name; answers how many. */
export const copyFolder = (
  from: string,
  to: string,
  withPatience: Patience = patiently,
): number => {
  mkdirSync(to, { recursive: true })
  const files = listFiles(from)
  const made = new Set<string>()
  for (const path of files) {
    const target = join(to, path)
    const folder = dirname(target)
    if (!made.has(folder)) mkdirSync(folder, { recursive: true })
    made.add(folder)
    withPatience(() => copyFileSync(join(from, path), target))
    const { atime, mtime } = statSync(join(from, path))
    utimesSync(target, atime, mtime)
  }
  return files.length
}
