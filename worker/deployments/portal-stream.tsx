import { type DeploymentHead, DeploymentHeader } from '../../ui/deployments/header.tsx'
import { LogLines } from '../../ui/deployments/log.tsx'
import { StepTree } from '../../ui/deployments/step-tree.tsx'
import { type Frame, FrameProvider } from '../../ui/frame.tsx'
import type { TaskDetails } from '../tasks/log.ts'
import type { deploymentObject } from './object.ts'
import { firstLinesOf, type LogView, linesOf, shownSteps, sourcesOf } from './portal-log.ts'

/** The browser connects again after this; a deployment may take hours, a connection need not. */
const STREAM_MS = 100_000
const RETRY_MS = 1_000
const WAIT_MS = 5_000
const LINES_AT_ONCE = 2_000

type Source = {
  object: ReturnType<typeof deploymentObject>
  frame: Frame
  view: LogView
  /** The last chunk that the page has. */
  after: number
  head: (details: TaskDetails | undefined) => DeploymentHead
}

/**
 * One deployment as server-sent events, each a fragment of its page: `log` (rows, with the cursor as
 * id), `tree`, `header`, and `end` when there will be nothing more. The Worker owns the stream and
 * asks the object for batches, so that the object may sleep.
 */
export const eventStream = (source: Source): Response => {
  let isLeft = false
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => {
        if (!isLeft) controller.enqueue(encoder.encode(text))
      }
      try {
        await follow(source, send, () => isLeft)
        if (!isLeft) controller.close()
      } catch (error) {
        // The browser comes back by itself and goes on after the last event it got.
        console.error(error instanceof Error ? error.stack : String(error))
        if (!isLeft) controller.close()
      }
    },
    cancel() {
      isLeft = true
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

const follow = async (
  { object, frame, view, after, head }: Source,
  send: (text: string) => void,
  isLeft: () => boolean,
): Promise<void> => {
  const deadline = Date.now() + STREAM_MS
  send(`retry: ${RETRY_MS}\n\n`)
  let cursor = after
  let shownTree = ''
  let shownHead = ''
  let lines = new Map<string, number>()
  let sources = new Map<string, string>()
  while (!isLeft() && Date.now() < deadline) {
    const found = await object.readLog({ after: cursor, limit: LINES_AT_ONCE, waitMs: WAIT_MS })
    const details = (await object.details({ tail: 1 })) as TaskDetails | undefined
    sources = sourcesOf(details?.tree)
    lines = new Map([...firstLinesOf(found.chunks), ...lines])
    const rows = linesOf(found.chunks, view, sources)
    cursor = found.next
    if (rows.length > 0) send(event('log', await html(<LogLines lines={rows} />), cursor))
    const now = { ...frame, now: Date.now() }
    const tree = await html(
      <FrameProvider value={now}>
        <StepTree steps={shownSteps(details?.tree, lines)} chosen={view.step} />
      </FrameProvider>,
    )
    const header = await html(
      <FrameProvider value={now}>
        <DeploymentHeader head={head(details)} />
      </FrameProvider>,
    )
    if (still(tree) !== shownTree) send(event('tree', tree))
    if (still(header) !== shownHead) send(event('header', header))
    if (rows.length === 0 && still(tree) === shownTree) send(': still here\n\n')
    shownTree = still(tree)
    shownHead = still(header)
    if (found.isComplete) return send(event('end', 'end'))
  }
}

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
