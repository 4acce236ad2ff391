import { count } from '../../ui/components/format.ts'
import { links } from '../../ui/links.ts'
import type { LaneEnvironment, LanePhase } from '../../ui/releases/lane.tsx'
import { ReleasePage } from '../../ui/releases/release-page.tsx'
import { authorize, permits } from '../access/authorization.ts'
import { listDeployments } from '../deployments/store.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { getLifecycle } from '../lifecycles/store.ts'
import { getChannel } from '../projects/channel-store.ts'
import { visibleProject } from '../projects/portal-project.ts'
import type { ProjectRow } from '../projects/store.ts'
import { shownState } from '../tasks/portal-status.ts'
import { isCompleted } from '../tasks/task.ts'
import { updateVariableSnapshot } from './commands.ts'
import { deleteRelease } from './deletion.ts'
import { shownSnapshot } from './portal-snapshot.ts'
import { type PhaseOfRelease, releaseProgression } from './progression.ts'
import { ignoresRules, selectedPackagesOf } from './release.ts'
import { getRelease } from './store.ts'

const DEPLOYMENTS = 30

/** @throws Problem `not_found`, `forbidden` */
export const visibleRelease = async (call: PageCall) => {
  const release = await getRelease(call.db, call.space.id, call.params.id ?? '')
  const { spaceId, projectId } = release
  authorize(call.principal, 'ReleaseView', { spaceId, projectId })
  return { release, ...(await visibleProject(call, projectId)) }
}

const show = async (call: PageCall) => {
  const { db, space } = call
  const { release, project, head } = await visibleRelease(call)
  const [{ phases }, channel, made, snapshot] = await Promise.all([
    releaseProgression(db, release),
    getChannel(db, space.id, release.channelId),
    listDeployments(db, space.id, { releaseId: release.id }, { skip: 0, take: DEPLOYMENTS }),
    shownSnapshot(call, project, release),
  ])
  const lifecycle = await getLifecycle(db, space.id, channel.lifecycleId ?? project.lifecycleId)
  const seen = made.rows.filter(({ deployment: { projectId, environmentId } }) =>
    permits(call.principal, 'DeploymentView', { spaceId: space.id, projectId, environmentId }),
  )
  const names = new Map(
    phases.flatMap(({ environments }) => environments).map(({ id, name }) => [id, name]),
  )
  return (
    <ReleasePage
      frame={call.frame}
      project={head}
      release={{
        id: release.id,
        version: release.version,
        channel: channel.name,
        lifecycle: lifecycle.name,
        createdAt: release.assembledAt,
        createdBy: release.assembledBy,
        notes: release.notes,
        ignoredRules: ignoresRules(release),
      }}
      phases={phases.map(phase => shownPhase(call, project, phase))}
      packages={selectedPackagesOf(release).map(each => ({
        step: each.actionName,
        packageId: each.packageId,
        version: each.version,
        sizeBytes: each.sizeBytes ?? undefined,
        sha256: each.sha256 ?? undefined,
      }))}
      snapshot={snapshot}
      deployments={seen.map(({ deployment, task }) => ({
        id: deployment.id,
        environment: names.get(deployment.environmentId) ?? deployment.environmentId,
        status: shownState(task).status,
        by: deployment.deployedBy,
        createdAt: deployment.createdAt,
        startedAt: task.startedAt ?? undefined,
        endedAt: task.completedAt ?? undefined,
      }))}
      mayEdit={permits(call.principal, 'ReleaseEdit', {
        spaceId: space.id,
        projectId: project.id,
      })}
      mayDelete={permits(call.principal, 'ReleaseDelete', {
        spaceId: space.id,
        projectId: project.id,
      })}
      live={seen.some(({ task }) => !isCompleted(task.state))}
    />
  )
}

const STATES = { Complete: 'done', Current: 'next', Pending: 'blocked' } as const

const shownPhase = (call: PageCall, project: ProjectRow, phase: PhaseOfRelease): LanePhase => ({
  name: phase.name,
  // A phase that is complete without a success has no environment to wait for.
  state: phase.state === 'Pending' && phase.isOpen ? 'next' : STATES[phase.state],
  optional: phase.isOptional,
  rule:
    phase.required === phase.environments.length
      ? phase.required < 2
        ? ''
        : `all ${count(phase.environments.length, 'environment')}`
      : `${phase.required} of ${count(phase.environments.length, 'environment')}`,
  environments: phase.environments.map(each => shownEnvironment(call, project, each)),
})

const shownEnvironment = (
  { principal }: PageCall,
  project: ProjectRow,
  { id, name, allowed, reason, latest }: PhaseOfRelease['environments'][number],
): LaneEnvironment => {
  const obstacle =
    obstacleTo(principal, project, id) ?? (allowed ? undefined : shortened(name, reason ?? ''))
  return {
    id,
    name,
    deployment: latest && {
      id: latest.deployment.id,
      status: shownState(latest.task).status,
      at: latest.task.completedAt ?? latest.task.startedAt ?? latest.task.queuedAt,
    },
    mayDeploy: obstacle === undefined,
    reason: obstacle,
  }
}

/** The reason beside the environment's own name need not say what it is a reason for. */
export const shortened = (environment: string, reason: string): string =>
  reason.replace(`This release cannot be deployed to ${environment} yet. `, '')

/** What keeps this user from deploying the project there, whatever the lifecycle says. */
export const obstacleTo = (
  principal: PageCall['principal'],
  project: ProjectRow,
  environmentId: string,
): string | undefined => {
  if (project.isDisabled) return 'The project is disabled; enable it in its settings.'
  const scope = { spaceId: project.spaceId, projectId: project.id, environmentId }
  if (permits(principal, 'DeploymentCreate', scope)) return undefined
  return 'You may not deploy here: it takes DeploymentCreate for this environment.'
}

const takeVariables = async (call: PageCall) => {
  const { release } = await visibleRelease(call)
  await updateVariableSnapshot(call, release)
  return seeOther(links.release(release.id), {
    kind: 'success',
    message: `Release ${release.version} has the variables as they are now.`,
  })
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const { release, project } = await visibleRelease(call)
  return {
    section: 'projects',
    crumbs: [
      { href: links.projects, title: 'Projects' },
      { href: links.project(project.id), title: project.name },
      { href: links.releases(project.id), title: 'Releases' },
    ],
    title: `Delete release ${release.version}?`,
    consequence: `Release ${release.version} of ${project.name} goes with its deployments and their logs. Packages and the audit record stay, and so does what was deployed. This cannot be undone.`,
    verb: 'Delete release',
    back: links.release(release.id),
  }
}

const remove = async (call: PageCall) => {
  const { release, project } = await visibleRelease(call)
  await deleteRelease(call, release)
  const message = `Release ${release.version} was deleted.`
  return seeOther(links.releases(project.id), { kind: 'success', message })
}

export const releasePages = [
  page({ path: '/releases/{id}', permission: 'ReleaseView', handler: show }),
  action({ path: '/releases/{id}/variables', permission: 'ReleaseEdit', handler: takeVariables }),
  ...confirmation({
    path: '/releases/{id}/delete',
    permission: 'ReleaseDelete',
    ask: toDelete,
    deed: remove,
  }),
]
