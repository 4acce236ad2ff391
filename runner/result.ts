import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CompleteRequest } from './protocol/messages.ts'

/** How an attempt ended, as the supervisor leaves it in `exit.json`. Holds no plain secret:
 *  `outputs` is sealed. */
export type Result = Omit<CompleteRequest, 'fence' | 'tail'>

export const exitFile = (folder: string) => join(folder, 'exit.json')
export const spoolFile = (folder: string) => join(folder, 'out.spool')

const isResult = (value: unknown): value is Result => {
  const { outcome, finalOffset, sha256 } = (value ?? {}) as Partial<Result>
  return (
    typeof outcome === 'string' && typeof finalOffset === 'number' && typeof sha256 === 'string'
  )
}

/** The result on disk, or undefined while there is none. */
export const readResult = (folder: string): Result | undefined => {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(exitFile(folder), 'utf8'))
  } catch {
    return undefined
  }
  return isResult(value) ? value : undefined
}
