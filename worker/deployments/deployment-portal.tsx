import { DeploymentPage } from '../../ui/deployments/deployment-page.tsx'
import type { DeploymentHead } from '../../ui/deployments/header.tsx'
import { links, withQuery } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { notFound } from '../http/problem.ts'
import { getEnvironment } from '../infrastructure/store.ts'
import { getProject } from '../projects/store.ts'
import { cancelTask } from '../tasks/commands.ts'
import type { LogChunk, TaskDetails } from '../tasks/log.ts'
import { shownState } from '../tasks/portal-status.ts'
import { listTasksAhead } from '../tasks/store.ts'
import { isCompleted } from '../tasks/task.ts'
import { deploymentObject } from './object.ts'
import {
  filterOf,
  firstLinesOf,
  type LogView,
  levelsOf,
  linesOf,
  shownSteps,
  sourcesOf,
} from './portal-log.ts'
import { eventStream } from './portal-stream.tsx'
import { getDeployment } from './store.ts'

/** So many lines a page shows at once. */
const SHOWN_LINES = 1_000
/** A filter that few lines pass looks through this many pages of the log at most. */
const MAX_READS = 40

type Loaded = Awaited<ReturnType<typeof load>>

const load = async (call: PageCall) => {
  const { db, space, principal } = call
  const { deployment, task, releaseVersion } = await getDeployment(
    db,
    space.id,
    call.params.id ?? '',
  )
  const scope = {
    spaceId: space.id,
    projectId: deployment.projectId,
    environmentId: deployment.environmentId,
  }
  if (!permits(principal, 'DeploymentView', scope)) throw notFound(deployment.id)
  const [project, environment] = await Promise.all([
    getProject(db, space.id, deployment.projectId),
    getEnvironment(db, space.id, deployment.environmentId),
  ])
  return {
    deployment,
    task,
    releaseVersion,
    project,
    environment,
    mayCancel: permits(principal, 'TaskCancel', scope),
    mayDeploy: permits(principal, 'DeploymentCreate', scope) && !project.isDisabled,
  }
}

/** What the head shows; the object knows before the database does. */
const headOf = (
  loaded: Loaded,
  details: Pick<TaskDetails, 'state' | 'errorMessage' | 'hasWarnings' | 'tree'> | undefined,
  waitsFor: { text: string; href: string } | undefined,
): DeploymentHead => {
  const { deployment, task, project, environment } = loaded
  const known = details && !isCompleted(task.state) ? details : undefined
  const state = known?.state ?? task.state
  return {
    id: deployment.id,
    ...shownState({ state, hasWarnings: known?.hasWarnings ?? task.hasWarnings }),
    project: { id: project.id, name: project.name },
    release: { id: deployment.releaseId, version: loaded.releaseVersion },
    environment: { id: environment.id, name: environment.name },
    by: deployment.deployedBy,
    createdAt: deployment.createdAt,
    startedAt: known?.tree.startedAt ?? task.startedAt ?? undefined,
    endedAt: known ? (known.tree.endedAt ?? undefined) : (task.completedAt ?? undefined),
    reason: waitsFor?.text ?? (known?.errorMessage || task.errorMessage || undefined),
    reasonHref: waitsFor?.href,
    canCancel: loaded.mayCancel && !isCompleted(state) && state !== 'Cancelling',
    canRepeat: loaded.mayDeploy && isCompleted(state),
  }
}

const waitsFor = async ({ db }: PageCall, { task }: Loaded) => {
  const [first] = await listTasksAhead(db, task)
  return first?.deploymentId
    ? { text: `Waits for: ${first.description}.`, href: links.deployment(first.deploymentId) }
    : undefined
}

const viewOf = (call: PageCall): LogView => ({
  filter: filterOf(call.query.text('level')),
  step: call.query.text('step'),
})

const show = async (call: PageCall) => {
  const loaded = await load(call)
  const view = viewOf(call)
  const object = deploymentObject(call.env, loaded.deployment.id)
  const [details, waiting] = await Promise.all([
    object.details({ tail: SHOWN_LINES }) as Promise<TaskDetails | undefined>,
    waitsFor(call, loaded),
  ])
  const isOver = isCompleted(details?.state ?? loaded.task.state)
  const before = await placeOf(call, loaded.deployment.id, details)
  const chunks = await chunksFor(call, loaded.deployment.id, view, details, before?.chunk)
  const lines = linesOf(chunks, view, sourcesOf(details?.tree))
    .filter(({ number }) => before === undefined || number < before.line)
    .slice(-SHOWN_LINES)
  const live =
    isOver || before
      ? undefined
      : {
          url: links.deploymentEvents(loaded.deployment.id, {
            after: String(details?.lastSeq ?? 0),
            level: view.filter,
            step: view.step,
          }),
        }
  return (
    <DeploymentPage
      frame={call.frame}
      head={headOf(loaded, details, waiting)}
      steps={shownSteps(details?.tree, firstLinesOf(chunks))}
      chosenStep={view.step}
      live={live}
      log={{
        lines,
        filter: view.filter,
        hasLater: before !== undefined,
        earlier: earlierOf(call, view, chunks, lines[0]?.number),
        note: isOver
          ? 'There are no such lines.'
          : details
            ? 'Waiting for the first line.'
            : 'The log starts when the deployment does.',
      }}
    />
  )
}

/** Before which line the page shall end, and in which chunk that line is: as a link of ours says,
 *  or around a line that somebody points at and that is not among the newest. */
const placeOf = async (
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

/** The newest chunks; with `until` that one and those before it; of rare levels all there are. */
const chunksFor = async (
  { env }: PageCall,
  id: string,
  { filter }: LogView,
  details: TaskDetails | undefined,
  until: number | undefined,
): Promise<LogChunk[]> => {
  if (!details) return []
  const isRare = filter === 'warning' || filter === 'error'
  if (!isRare && until === undefined)
    return details.chunks.toSorted((left, right) => left.seq - right.seq)
  const last = until ?? details.lastSeq
  const object = deploymentObject(env, id)
  const chunks: LogChunk[] = []
  let after = isRare ? 0 : Math.max(0, last - 1 - chunksPerPage(details))
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

/** About so many chunks hold a page of lines. */
const chunksPerPage = ({ chunks }: TaskDetails): number => {
  const lines = chunks.reduce((sum, chunk) => sum + chunk.lines, 0)
  return Math.max(1, Math.ceil((SHOWN_LINES * chunks.length) / Math.max(1, lines)))
}

const earlierOf = (
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

const events = async (call: PageCall): Promise<Response> => {
  const loaded = await load(call)
  const view = viewOf(call)
  const asked = Number(call.request.headers.get('last-event-id') ?? '')
  const after =
    Number.isSafeInteger(asked) && asked > 0
      ? asked
      : call.query.integer('after', 0, { min: 0, max: Number.MAX_SAFE_INTEGER })
  const path = [
    ['level', view.filter === 'info' ? undefined : view.filter] as const,
    ['step', view.step] as const,
  ].reduce(
    (base, [name, value]) => withQuery(base, name, value),
    links.deployment(loaded.deployment.id),
  )
  return eventStream({
    object: deploymentObject(call.env, loaded.deployment.id),
    frame: { ...call.frame, path },
    view,
    after,
    head: details => headOf(loaded, details, undefined),
  })
}

const cancel = async (call: PageCall): Promise<Response> => {
  const { deployment } = await load(call)
  await cancelTask(call, call.space.id, deployment.taskId)
  return seeOther(links.deployment(deployment.id), {
    kind: 'info',
    message: 'Cancelling: what runs now is told to stop.',
  })
}

const raw = async (call: PageCall): Promise<Response> => {
  const { deployment } = await load(call)
  const body = await deploymentObject(call.env, deployment.id).rawLog()
  return new Response(body, {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="${deployment.id}.log.txt"`,
      'content-security-policy': "default-src 'none'; sandbox",
    },
  })
}

export const deploymentPages = [
  page({ path: '/deployments/{id}', permission: 'DeploymentView', handler: show }),
  page({ path: '/deployments/{id}/events', permission: 'DeploymentView', handler: events }),
  page({ path: '/deployments/{id}/log', permission: 'DeploymentView', handler: raw }),
  action({ path: '/deployments/{id}/cancel', permission: 'TaskCancel', handler: cancel }),
]
