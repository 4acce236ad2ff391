import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** An absolute path inside the product's own folder. */
export const pathTo = (...parts: string[]): string => join(ROOT, ...parts)
