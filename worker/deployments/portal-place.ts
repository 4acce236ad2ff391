import { withQuery } from '../../ui/links.ts'
import type { PageCall } from '../http/page.tsx'
import type { LogChunk, TaskDetails } from '../tasks/log.ts'
import { deploymentObject } from './object.ts'
import { type LogView, levelsOf } from './portal-log.ts'

/** So many lines a page shows at once. */
export const SHOWN_LINES = 1_000
/** A filter that few lines pass looks through this many pages of the log at most. */
const MAX_READS = 40

/** Before which line the page shall end, and in which chunk that line is: as a link of ours says,
 *  or around a line that somebody points at and that is not among the newest. */
export const placeOf = async (
  { query, env }: PageCall,
  id: string,
  details: TaskDetails | undefined,
): Promise<{ line: number; chunk: number } | undefined> => {
  const [line = 0, chunk = 0, wanted = 0] = ['before', 'chunk', 'line'].map(name =>
    query.integer(name, 0, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  )
  if (line && chunk) return { line, chunk }
  if (!wanted || !details) return undefined
  const end = wanted + SHOWN_LINES / 2
  return { line: end, chunk: await chunkWith(end, deploymentObject(env, id), details.lastSeq) }
}

/** The chunk that holds a line, by halving: chunks are in order of their lines. */
const chunkWith = async (
  line: number,
  object: ReturnType<typeof deploymentObject>,
  lastSeq: number,
): Promise<number> => {
  let [low, high] = [1, Math.max(1, lastSeq)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const { chunks } = await object.readLog({ after: middle - 1, limit: 1 })
    if ((chunks[0]?.firstLine ?? 0) <= line) low = middle
    else high = middle - 1
  }
  return low
}

/** The newest chunks; with `until` those of the page that ends there; of rare levels all there are. */
export const chunksFor = async (
  { env }: PageCall,
  id: string,
  { filter }: LogView,
  details: TaskDetails | undefined,
  until: { line: number; chunk: number } | undefined,
): Promise<LogChunk[]> => {
  if (!details) return []
  const isRare = filter === 'warning' || filter === 'error'
  if (!isRare && until === undefined)
    return details.chunks.toSorted((left, right) => left.seq - right.seq)
  const last = until?.chunk ?? details.lastSeq
  const object = deploymentObject(env, id)
  const chunks: LogChunk[] = []
  const first = Math.max(1, (until?.line ?? 1) - SHOWN_LINES)
  let after = isRare ? 0 : (await chunkWith(first, object, last)) - 1
  for (let reads = 0; reads < MAX_READS && after < last; reads++) {
    const found = await object.readLog({
      after,
      limit: 50_000,
      ...(isRare && { levels: levelsOf(filter) }),
    })
    chunks.push(...found.chunks.filter(({ seq }) => seq <= last))
    if (found.next === after) break
    after = found.next
  }
  return chunks
}

/** The address of the lines before the first shown one. */
export const earlierOf = (
  { frame }: PageCall,
  { filter, step }: LogView,
  chunks: LogChunk[],
  firstLine: number | undefined,
) => {
  const isPart = step !== undefined || filter === 'warning' || filter === 'error'
  if (isPart || firstLine === undefined || firstLine <= 1) return undefined
  const first = chunks.find(({ firstLine: at, lines }) => at + lines > firstLine)
  if (!first) return undefined
  const href = withQuery(frame.path, 'before', String(firstLine))
  return { href: withQuery(href, 'chunk', String(first.seq)), count: firstLine - 1 }
}
