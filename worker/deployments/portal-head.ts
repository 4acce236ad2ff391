import type { DeploymentHead } from '../../ui/deployments/header.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import type { PageCall } from '../http/page.tsx'
import { notFound } from '../http/problem.ts'
import { getEnvironment } from '../infrastructure/store.ts'
import { getProject } from '../projects/store.ts'
import type { TaskDetails } from '../tasks/log.ts'
import { shownState } from '../tasks/portal-status.ts'
import { linkIn, type ShownWait } from '../tasks/portal-wait.ts'
import { isCompleted } from '../tasks/task.ts'
import { getDeployment } from './store.ts'

export type Loaded = Awaited<ReturnType<typeof loadDeployment>>

/** A deployment with what its page says of it, and what its reader may do.
 *  @throws Problem `not_found`, also for what the reader may not see */
export const loadDeployment = async (call: PageCall) => {
  const { db, space, principal } = call
  const found = await getDeployment(db, space.id, call.params.id ?? '')
  const { deployment, task, releaseVersion } = found
  const { projectId, environmentId } = deployment
  const scope = { spaceId: space.id, projectId, environmentId }
  if (!permits(principal, 'DeploymentView', scope)) throw notFound(deployment.id)
  const [project, environment] = await Promise.all([
    getProject(db, space.id, projectId),
    getEnvironment(db, space.id, environmentId),
  ])
  return {
    deployment,
    task,
    releaseVersion,
    project,
    environment,
    scope,
    mayCancel: permits(principal, 'TaskCancel', scope),
    mayDeploy: permits(principal, 'DeploymentCreate', scope) && !project.isDisabled,
    maySeeQuestions: permits(principal, 'InterruptionView', scope),
    maySeeArtifacts: permits(principal, 'ArtifactView', scope),
  }
}

type Known = Pick<
  TaskDetails,
  'state' | 'errorMessage' | 'hasWarnings' | 'tree' | 'conclusion' | 'waitingFor' | 'interruptions'
>

/** What the head shows; the object knows before the database does. */
export const headOf = (
  loaded: Loaded,
  details: Known | undefined,
  waits: ShownWait | undefined,
): DeploymentHead => {
  const { deployment, task, project, environment } = loaded
  const known = details && !isCompleted(task.state) ? details : undefined
  const state = known?.state ?? task.state
  const asked = known?.interruptions?.filter(each => each.state === 'Pending').length
  // The question itself stands below, and says more.
  const reason = reasonOf(loaded, known) ?? (waits?.isForPerson ? undefined : waits)
  return {
    id: deployment.id,
    ...shownState({
      state,
      hasWarnings: known?.hasWarnings ?? task.hasWarnings,
      conclusion: known?.conclusion || task.conclusion,
      pendingInterruptions: asked ?? task.pendingInterruptions,
    }),
    project: { id: project.id, name: project.name },
    release: { id: deployment.releaseId, version: loaded.releaseVersion },
    environment: { id: environment.id, name: environment.name },
    by: deployment.deployedBy,
    createdAt: deployment.createdAt,
    comments: deployment.comments || undefined,
    startsAt: state === 'Queued' && task.eligibleAt > task.queuedAt ? task.eligibleAt : undefined,
    resumedFrom: deployment.resumedFrom ?? undefined,
    startedAt: known?.tree.startedAt ?? task.startedAt ?? undefined,
    endedAt: known ? (known.tree.endedAt ?? undefined) : (task.completedAt ?? undefined),
    reason: reason?.text,
    reasonHref: reason?.href,
    canCancel: loaded.mayCancel && !isCompleted(state) && state !== 'Cancelling',
    canRepeat: loaded.mayDeploy && isCompleted(state),
    canResume: loaded.mayDeploy && RESUMABLE.includes(state) && task.startedAt !== null,
    canPrioritize: loaded.mayCancel && state === 'Queued' && waits?.isBehindOthers === true,
  }
}

const RESUMABLE = ['Failed', 'TimedOut', 'Canceled']

/** Questions stand on the page themselves. */
const ASKED = 'A person is asked'

const reasonOf = ({ task }: Loaded, known: Known | undefined) => {
  const error = known?.errorMessage || task.errorMessage
  if (error) return { text: error, href: undefined }
  const waiting = known?.waitingFor
  if (!waiting || waiting.text.startsWith(ASKED)) return undefined
  const { text, deploymentId } = waiting
  return { text, href: deploymentId ? links.deployment(deploymentId) : linkIn(text) }
}
