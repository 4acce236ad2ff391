import { type Artifact, Artifacts } from '../../ui/deployments/artifacts.tsx'
import { type DeploymentHead, DeploymentHeader } from '../../ui/deployments/header.tsx'
import { type LogLine, LogLines } from '../../ui/deployments/log.tsx'
import { Questions } from '../../ui/deployments/questions.tsx'
import { StepTree } from '../../ui/deployments/step-tree.tsx'
import { type Frame, FrameProvider } from '../../ui/frame.tsx'
import type {
  AnsweredInterruption,
  ShownInterruption,
} from '../../ui/interruptions/interruption-panel.tsx'
import type { TaskDetails } from '../tasks/log.ts'
import type { deploymentObject } from './object.ts'
import { firstLinesOf, type LogView, linesOf, sourcesOf } from './portal-log.ts'
import { shownSteps } from './portal-tree.ts'

/** The browser connects again after this; a deployment may take hours, a connection need not. */
const STREAM_MS = 100_000
const RETRY_MS = 1_000
const WAIT_MS = 5_000
/** A page that falls further behind than this is shown the newest lines and told of the gap. */
const LINES_AT_ONCE = 1_000
/** Bounds how long one event may be prepared. */
const CATCH_UP_READS = 50

type Source = {
  object: ReturnType<typeof deploymentObject>
  frame: Frame
  view: LogView
  /** The last chunk that the page has. */
  after: number
  /** What its reader may know of it. */
  seen: (details: TaskDetails | undefined) => Promise<TaskDetails | undefined>
  head: (details: TaskDetails | undefined) => DeploymentHead
  questions: (details: TaskDetails | undefined) => Asked
  artifacts: () => Promise<Artifact[]>
}
type Asked = { pending: ShownInterruption[]; answered: AnsweredInterruption[] }

/**
 * One deployment as server-sent events, each a fragment of its page: `log` (rows, with the cursor as
 * id), `tree`, `header`, `questions`, `artifacts`, and `end` when there will be nothing more. The Worker owns the stream and
 * asks the object for batches, so that the object may sleep.
 */
export const eventStream = (source: Source): Response => {
  const encoder = new TextEncoder()
  const events = follow(source)
  // Pulled, not pushed: what a slow reader has not taken is put together, not piled up.
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await events.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        // The browser comes back by itself and goes on after the last event it got.
        console.error(error instanceof Error ? error.stack : String(error))
        controller.close()
      }
    },
    async cancel() {
      await events.return(undefined)
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}

async function* follow(source: Source): AsyncGenerator<string, void> {
  const { object, view } = source
  const deadline = Date.now() + STREAM_MS
  yield `retry: ${RETRY_MS}\n\n`
  let cursor = source.after
  const shown = new Map<string, string>()
  let starts = new Map<string, number>()
  while (Date.now() < deadline) {
    let found = await object.readLog({ after: cursor, limit: LINES_AT_ONCE, waitMs: WAIT_MS })
    const told = (await object.details({ tail: 1 })) as TaskDetails | undefined
    const details = await source.seen(told)
    const sources = sourcesOf(details?.tree)
    let rows: LogLine[] = []
    let leftOut = 0
    for (let reads = 0; ; reads++) {
      starts = new Map([...firstLinesOf(found.chunks), ...starts])
      rows.push(...linesOf(found.chunks, view, sources))
      leftOut += Math.max(0, rows.length - LINES_AT_ONCE)
      rows = rows.slice(-LINES_AT_ONCE)
      cursor = found.next
      const isBehind = !found.isComplete && cursor < (details?.lastSeq ?? 0)
      if (!isBehind || reads === CATCH_UP_READS) break
      found = await object.readLog({ after: cursor, limit: 50_000 })
    }
    if (rows.length > 0)
      yield event('log', await html(<LogLines lines={rows} leftOut={leftOut} />), cursor)
    let isNews = rows.length > 0
    const now = { ...source.frame, now: Date.now() }
    for (const [name, part] of Object.entries(partsOf(source, details, starts, now.now))) {
      const markup = await html(<FrameProvider value={now}>{part}</FrameProvider>)
      if (still(markup) === (shown.get(name) ?? '')) continue
      shown.set(name, still(markup))
      isNews = true
      yield event(name, markup)
      // A step that ends may have handed something in.
      if (name === 'tree')
        yield event('artifacts', await html(<Artifacts artifacts={await source.artifacts()} />))
    }
    if (!isNews) yield ': still here\n\n'
    if (found.isComplete) return yield event('end', 'end')
  }
}

/** The parts of the page that change, by the names of their events. */
const partsOf = (
  { head, view, questions }: Source,
  details: TaskDetails | undefined,
  starts: Map<string, number>,
  now: number,
) => ({
  tree: <StepTree steps={shownSteps(details?.tree, starts, now)} chosen={view.step} />,
  header: <DeploymentHeader head={head(details)} />,
  questions: <Questions {...questions(details)} />,
})

/** Durations run on in the page by themselves; they alone are no news. */
const still = (markup: string): string =>
  markup.replaceAll(/(<(?:span class="duration"|time)[^>]*>)[^<]*/g, '$1')

const html = async (markup: unknown): Promise<string> => String(await markup)

const event = (name: string, data: string, id?: number): string =>
  `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}` +
  `${data
    .split(/\r\n|\r|\n/)
    .map(line => `data: ${line}\n`)
    .join('')}\n`
