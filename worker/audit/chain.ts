import { type AuditKey, macOf, type Seal, type StoredEvent, sealOf } from './link.ts'

/** How far the chain has been followed: the last row that is good, and its seal. */
export type Link = Seal & {
  /** The rows so far are older than signatures are; the first that is signed ends that. */
  isUnsigned: boolean
}

export type Fault = {
  sequence: number
  kind:
    | 'changed'
    | 'missing'
    | 'inserted'
    | 'reordered'
    | 'rechained'
    | 'hidden'
    | 'cut'
    | 'replaced'
    | 'unanchored'
  message: string
}

/** Rows and seals after a place, in order, none left out before the last of them. */
export type Page = {
  events: StoredEvent[]
  seals: Seal[]
  /** Number of the last seal there is; younger rows are not sealed yet. */
  head: number
  /** A row that is not found by all that it concerns. */
  hidden: number | undefined
}

export const START: Link = { sequence: 0, hash: '', isUnsigned: true }

/** Follows the chain through a page, to its end or to the first bad row. */
export const follow = (
  key: AuditKey,
  from: Link,
  page: Page,
): { link: Link; rows: number; fault: Fault | undefined } => {
  let link = from
  let rows = 0
  for (const entry of entriesOf(page)) {
    const fault = faultAt(key, link, entry, page)
    if (fault) return { link, rows, fault }
    const { sequence, event, seal } = entry
    link = {
      sequence,
      hash: seal?.hash ?? link.hash,
      isUnsigned: link.isUnsigned && event?.mac === '',
    }
    rows++
  }
  return { link, rows, fault: undefined }
}

type Entry = { sequence: number; event: StoredEvent | undefined; seal: Seal | undefined }

const entriesOf = ({ events, seals }: Page): Entry[] => {
  const entries = new Map<number, Entry>()
  for (const event of events)
    entries.set(event.sequence, { sequence: event.sequence, event, seal: undefined })
  for (const seal of seals) {
    const event = entries.get(seal.sequence)?.event
    entries.set(seal.sequence, { sequence: seal.sequence, event, seal })
  }
  return [...entries.values()].sort((one, other) => one.sequence - other.sequence)
}

const faultAt = (
  key: AuditKey,
  link: Link,
  { sequence, event, seal }: Entry,
  page: Page,
): Fault | undefined => {
  if (!event) return missing(sequence)
  const isSigned = event.mac === macOf(key, event)
  const isGood = isSigned || (link.isUnsigned && event.mac === '')
  if (!seal && sequence <= page.head)
    return isSigned ? rechained(sequence, 'its seal is missing') : inserted(sequence)
  if (seal && seal.hash !== sealOf(key, link.hash, sequence, event))
    return misfit(key, link, { sequence, event, seal }, page, isSigned)
  if (!seal && event.mac !== '' && sequence !== link.sequence + 1) return missing(link.sequence + 1)
  if (!isGood) return inserted(sequence)
  return page.hidden === sequence
    ? fault('hidden', sequence, 'Row {n} is not listed under all that it concerns.')
    : undefined
}

/** Why a row and its seal do not belong together. What follows tells. */
const misfit = (
  key: AuditKey,
  link: Link,
  { sequence, event, seal }: { sequence: number; event: StoredEvent; seal: Seal },
  { events, seals }: Page,
  isSigned: boolean,
): Fault => {
  const belongs = events.find(
    other => other.sequence !== sequence && seal.hash === sealOf(key, link.hash, sequence, other),
  )
  if (belongs)
    return isSigned
      ? fault(
          'reordered',
          sequence,
          `Row {n} is not the one that was written there; that one is row ${belongs.sequence} now.`,
        )
      : inserted(sequence)
  const next = seals.find(other => other.sequence > sequence)
  const after = events.find(other => other.sequence === next?.sequence)
  const fits = (content: StoredEvent | undefined) =>
    next !== undefined &&
    content !== undefined &&
    next.hash === sealOf(key, seal.hash, next.sequence, content)
  if (fits(event)) return missing(sequence)
  if (isSigned && sequence > link.sequence + 1) return missing(link.sequence + 1)
  if (isSigned || (next && !fits(after)))
    return rechained(sequence, 'its seal was made without the key of this server')
  return fault('changed', sequence, 'Row {n} was changed after it had been written.')
}

const fault = (kind: Fault['kind'], sequence: number, message: string): Fault => ({
  kind,
  sequence,
  message: message.replace('{n}', String(sequence)),
})

const missing = (sequence: number): Fault =>
  fault('missing', sequence, 'Row {n} is missing: it was taken out of the record.')

const inserted = (sequence: number): Fault =>
  fault('inserted', sequence, 'Row {n} was put into the record by something else than this server.')

const rechained = (sequence: number, why: string): Fault =>
  fault('rechained', sequence, `Row {n} was sealed anew: ${why}.`)

/** @param anchor what the object store says of a row that is not there any more */
export const cut = (sequence: number, anchor: { sequence: number; at: number }): Fault =>
  fault(
    'cut',
    sequence,
    `Row {n} and those after it are missing: row ${anchor.sequence} was there on ${new Date(anchor.at).toISOString()}. The end was cut off, or an older file was put back.`,
  )

export const replaced = (sequence: number, anchor: { sequence: number }): Fault =>
  fault(
    'replaced',
    sequence,
    `Rows from {n} on were written anew: row ${anchor.sequence} is not the one that the object store remembers.`,
  )

/** The fault may lie with the object store alone; nobody can tell from there. */
export const unanchored = (sequence: number, what: 'forged' | 'gone'): Fault =>
  fault(
    'unanchored',
    sequence,
    what === 'forged'
      ? "The object store's copy of the seal of row {n} was not written by this server."
      : "The object store's copy of the seal of row {n} was taken away.",
  )
