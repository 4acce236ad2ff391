import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync } from 'node:fs'
import { replaceFile, writeAll } from './durable.ts'
import type { ProcessIdentity } from './process/identity.ts'

/** What must be known after a crash. `starting` is written before anything can run: an attempt
 *  that got this far is never started a second time. */
export type JournalEntry =
  | { type: 'accepted'; attempt: string; fence: number; reboots?: number }
  /** `maximumReboots`: so many restarts of the host it may outlive. */
  | { type: 'starting'; attempt: string; supervisor: ProcessIdentity; maximumReboots?: number }
  | { type: 'started'; attempt: string; supervisor: ProcessIdentity; maximumReboots?: number }
  /** The host was restarted while it ran, as was expected: it is to be started once more. */
  | { type: 'restarted'; attempt: string }
  | { type: 'settled'; attempt: string }
  | { type: 'forgotten'; attempt: string }

export type JournalledAttempt = {
  attempt: string
  fence: number
  phase: 'accepted' | 'starting' | 'started' | 'settled'
  supervisor?: ProcessIdentity
  /** Of a step that expects its host to be restarted: how often it may be, and how often it was. */
  maximumReboots?: number
  reboots?: number
}

/** The state after these entries. An entry of an attempt that is not known is left out. */
export const replay = (entries: Iterable<JournalEntry>): JournalledAttempt[] => {
  const attempts = new Map<string, JournalledAttempt>()
  for (const entry of entries) {
    const known = attempts.get(entry.attempt)
    if (entry.type === 'forgotten') attempts.delete(entry.attempt)
    else if (entry.type === 'accepted') attempts.set(entry.attempt, accepted(entry))
    else if (known && entry.type === 'restarted')
      attempts.set(entry.attempt, accepted({ ...known, reboots: (known.reboots ?? 0) + 1 }))
    else if (known && entry.type === 'settled')
      attempts.set(entry.attempt, { ...known, phase: 'settled' })
    else if (known && 'supervisor' in entry)
      attempts.set(entry.attempt, { ...known, ...withoutType(entry), phase: entry.type })
  }
  return [...attempts.values()]
}

const accepted = ({
  attempt,
  fence,
  reboots,
}: Pick<JournalledAttempt, 'attempt' | 'fence' | 'reboots'>): JournalledAttempt => ({
  attempt,
  fence,
  phase: 'accepted',
  ...(reboots && { reboots }),
})

const withoutType = <T extends { type: string }>({ type: _, ...rest }: T): Omit<T, 'type'> => rest

/** A torn last line is what a crash leaves behind: everything before it counts. */
export const readEntries = (text: string): JournalEntry[] =>
  text.split('\n').flatMap(line => {
    try {
      const value: unknown = JSON.parse(line)
      return isEntry(value) ? [value] : []
    } catch {
      return []
    }
  })

const isEntry = (value: unknown): value is JournalEntry =>
  typeof value === 'object' && value !== null && 'type' in value && 'attempt' in value

/** Entries that must survive a power cut before we go on. Without the others we ask the server
 *  again and get the same answer. */
const BINDING = new Set<JournalEntry['type']>(['accepted', 'starting', 'restarted'])

export type Journal = {
  /** A binding entry is on disk when this returns. Throws when it cannot be written; the others
   *  may be lost with a full disk as with a crash. */
  append(entry: JournalEntry): void
  close(): void
}

/** Reads, compacts and opens the journal. */
export const openJournal = (path: string): { attempts: JournalledAttempt[]; journal: Journal } => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const attempts = replay(readEntries(text))
  const isCompact = compacted(path, attempts)
  const descriptor = openSync(path, 'a', 0o600)
  let isTorn = !isCompact && !text.endsWith('\n')
  return {
    attempts,
    journal: {
      append: entry => {
        const isBinding = BINDING.has(entry.type)
        try {
          // What a failed write left of a line must not swallow the next one.
          writeAll(descriptor, Buffer.from(isTorn ? `\n${line(entry)}` : line(entry)))
          isTorn = false
          if (isBinding) fdatasyncSync(descriptor)
        } catch (error) {
          isTorn = true
          if (isBinding) throw error
        }
      },
      close: () => closeSync(descriptor),
    },
  }
}

/** On a full disk the journal stays as long as it is. */
const compacted = (path: string, attempts: readonly JournalledAttempt[]): boolean => {
  try {
    replaceFile(path, attempts.flatMap(compact).map(line).join(''))
    return true
  } catch {
    return false
  }
}

const line = (entry: JournalEntry) => `${JSON.stringify(entry)}\n`

const compact = (known: JournalledAttempt): JournalEntry[] => {
  const { attempt, fence, phase, supervisor, reboots, maximumReboots } = known
  const accepted: JournalEntry = { type: 'accepted', attempt, fence, ...(reboots && { reboots }) }
  const type = phase === 'starting' ? phase : 'started'
  const begun = supervisor && { attempt, supervisor, ...(maximumReboots && { maximumReboots }) }
  return [
    accepted,
    ...(begun ? [{ type, ...begun } as const] : []),
    ...(phase === 'settled' ? [{ type: 'settled', attempt } as const] : []),
  ]
}
