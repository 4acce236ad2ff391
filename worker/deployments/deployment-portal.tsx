import { DeploymentPage } from '../../ui/deployments/deployment-page.tsx'
import type { DeploymentHead } from '../../ui/deployments/header.tsx'
import { links, withQuery } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { notFound } from '../http/problem.ts'
import { getEnvironment } from '../infrastructure/store.ts'
import { getProject } from '../projects/store.ts'
import { cancelTask } from '../tasks/commands.ts'
import type { TaskDetails } from '../tasks/log.ts'
import { shownState } from '../tasks/portal-status.ts'
import { listTasksAhead } from '../tasks/store.ts'
import { isCompleted } from '../tasks/task.ts'
import { deploymentObject } from './object.ts'
import {
  filterOf,
  firstLinesOf,
  type LogView,
  linesOf,
  shownSteps,
  sourcesOf,
} from './portal-log.ts'
import { chunksFor, earlierOf, placeOf, SHOWN_LINES } from './portal-place.ts'
import { eventStream } from './portal-stream.tsx'
import { getDeployment } from './store.ts'

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
