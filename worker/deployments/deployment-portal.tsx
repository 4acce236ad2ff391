import type { Artifact } from '../../ui/deployments/artifacts.tsx'
import { DeploymentPage } from '../../ui/deployments/deployment-page.tsx'
import { links, withQuery } from '../../ui/links.ts'
import { listArtifacts } from '../artifacts/store.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { Problem } from '../http/problem.ts'
import { answeredOf, pendingFor, readerOf } from '../interruptions/portal-shown.ts'
import { interruptionsOf } from '../interruptions/store.ts'
import { cancelTask, prioritizeTask } from '../tasks/commands.ts'
import { detailsFor } from '../tasks/holders.ts'
import type { TaskDetails } from '../tasks/log.ts'
import { maySeeTask, shownWaits } from '../tasks/portal-wait.ts'
import { isCompleted } from '../tasks/task.ts'
import { idempotencyFrom } from './idempotency.ts'
import { deploymentObject } from './object.ts'
import { headOf, type Loaded, loadDeployment } from './portal-head.ts'
import { filterOf, firstLinesOf, type LogView, linesOf, sourcesOf } from './portal-log.ts'
import { chunksFor, earlierOf, placeOf, SHOWN_LINES } from './portal-place.ts'
import { eventStream } from './portal-stream.tsx'
import { shownSteps } from './portal-tree.ts'
import { rerunDeployment, resumeDeployment } from './repeat.ts'

/** What a deployment asks, as this reader sees it. */
const questionsFor = async (call: PageCall, loaded: Loaded) => {
  if (!loaded.maySeeQuestions) return () => NOTHING_ASKED
  const [reader, rows] = await Promise.all([
    readerOf(call.db, call.principal, loaded.scope),
    interruptionsOf(call.db, loaded.deployment.id),
  ])
  return (details: TaskDetails | undefined) => {
    const asked = details?.interruptions ?? rows
    return { pending: pendingFor(reader, asked), answered: answeredOf(asked) }
  }
}
const NOTHING_ASKED = { pending: [], answered: [] }

const artifactsOf = async (call: PageCall, loaded: Loaded): Promise<Artifact[]> => {
  if (!loaded.maySeeArtifacts) return []
  const filter = { regarding: loaded.deployment.id }
  const { rows } = await listArtifacts(call.db, call.space.id, filter, { skip: 0, take: 200 })
  return rows.map(({ id, name, sizeBytes, stepName, placeName }) => ({
    id,
    name,
    href: links.artifact(call.space.id, id),
    sizeBytes,
    step: stepName,
    place: placeName || undefined,
  }))
}

const viewOf = (call: PageCall): LogView => ({
  filter: filterOf(call.query.text('level')),
  step: call.query.text('step'),
})

/** Without the names of others' tasks that the reader may not see. */
const seenBy = (call: PageCall) => (details: TaskDetails | undefined) =>
  detailsFor(call.db, details, task => maySeeTask(call.principal, task))

const show = async (call: PageCall) => {
  const loaded = await loadDeployment(call)
  const view = viewOf(call)
  const object = deploymentObject(call.env, loaded.deployment.id)
  const [details, waiting, questions, artifacts] = await Promise.all([
    (object.details({ tail: SHOWN_LINES }) as Promise<TaskDetails | undefined>).then(seenBy(call)),
    shownWaits(call, [loaded.task]).then(waits => waits.get(loaded.task.id)),
    questionsFor(call, loaded),
    artifactsOf(call, loaded),
  ])
  const isOver = isCompleted(details?.state ?? loaded.task.state)
  const before = await placeOf(call, loaded.deployment.id, details)
  const chunks = await chunksFor(call, loaded.deployment.id, view, details, before)
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
      steps={shownSteps(details?.tree, firstLinesOf(chunks), call.now)}
      questions={questions(details)}
      artifacts={artifacts}
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
  const loaded = await loadDeployment(call)
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
  const [waiting, questions] = await Promise.all([
    shownWaits(call, [loaded.task]).then(waits => waits.get(loaded.task.id)),
    questionsFor(call, loaded),
  ])
  return eventStream({
    object: deploymentObject(call.env, loaded.deployment.id),
    frame: { ...call.frame, path },
    view,
    after,
    seen: seenBy(call),
    head: details => headOf(loaded, details, details ? undefined : waiting),
    questions,
    artifacts: () => artifactsOf(call, loaded),
  })
}

const cancel = async (call: PageCall): Promise<Response> => {
  const { deployment } = await loadDeployment(call)
  await cancelTask(call, call.space.id, deployment.taskId)
  return seeOther(links.deployment(deployment.id), {
    kind: 'info',
    message: 'Cancelling: what runs now is told to stop.',
  })
}

const resume = (call: PageCall): Promise<Response> =>
  orBack(call, async ({ deployment }) => {
    const idempotency = await onceNow(call, `resume ${deployment.id}`)
    const made = await resumeDeployment(call, call.space.id, deployment.id, { idempotency })
    return seeOther(links.deployment(made.deploymentId), {
      kind: 'success',
      message: 'It goes on from where the failed one stopped.',
    })
  })

const repeat = (call: PageCall): Promise<Response> =>
  orBack(call, async ({ deployment }) => {
    const idempotency = await onceNow(call, `repeat ${deployment.id}`)
    const made = await rerunDeployment(call, call.space.id, deployment.id, { idempotency })
    return seeOther(links.deployment(made.deploymentId), {
      kind: 'success',
      message: 'The same again is on its way.',
    })
  })

const prioritize = (call: PageCall): Promise<Response> =>
  orBack(call, async ({ deployment }) => {
    await prioritizeTask(call, call.space.id, deployment.taskId)
    return seeOther(links.deployment(deployment.id), {
      kind: 'success',
      message: 'It now stands before the others that wait.',
    })
  })

/** Does the deed, or goes back to the deployment's page with why not. */
const orBack = async (
  call: PageCall,
  deed: (loaded: Loaded) => Promise<Response>,
): Promise<Response> => {
  const loaded = await loadDeployment(call)
  try {
    return await deed(loaded)
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'forbidden') throw error
    const back = links.deployment(loaded.deployment.id)
    return seeOther(back, { kind: 'error', message: error.message })
  }
}

const MOMENT_MS = 10_000

/** A button pressed twice within a moment was pressed once. */
const onceNow = ({ now }: PageCall, deed: string) =>
  idempotencyFrom(`${deed} ${Math.floor(now / MOMENT_MS)}`, deed)

const raw = async (call: PageCall): Promise<Response> => {
  const { deployment } = await loadDeployment(call)
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
  action({ path: '/deployments/{id}/resume', permission: 'DeploymentCreate', handler: resume }),
  action({ path: '/deployments/{id}/repeat', permission: 'DeploymentCreate', handler: repeat }),
  action({ path: '/deployments/{id}/prioritize', permission: 'TaskCancel', handler: prioritize }),
  action({ path: '/deployments/{id}/cancel', permission: 'TaskCancel', handler: cancel }),
]
