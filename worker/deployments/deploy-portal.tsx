import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import {
  type DeployEnvironment,
  DeployPage,
  type DeployPageProps,
} from '../../ui/releases/deploy-page.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { invalid } from '../http/problem.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { releaseProgression } from '../releases/progression.ts'
import { type SelectedPackage, selectedPackagesOf } from '../releases/release.ts'
import { obstacleTo, shortened, visibleRelease } from '../releases/release-portal.tsx'
import { shownHealth } from '../tasks/portal-status.ts'
import { createDeployments } from './commands.ts'
import type { Plan, PlannedStep, Planning } from './plan.ts'
import { previewDeployment } from './preview.ts'
import { NOTHING_SPECIAL } from './request.ts'
import { listDashboard } from './store.ts'

const show = async (call: PageCall, refused?: FormState) => {
  const { db, space, principal } = call
  const { release, project, head } = await visibleRelease(call)
  const [{ phases }, current, rows] = await Promise.all([
    releaseProgression(db, release),
    listDashboard(db, space.id, [project.id]),
    listEnvironments(db, space.id),
  ])
  const environments = new Map(
    phases
      .flatMap(phase => phase.environments)
      .map(({ id, name, allowed, reason }): [string, DeployEnvironment] => {
        const obstacle =
          obstacleTo(principal, project, id) ??
          (allowed ? undefined : shortened(name, reason ?? ''))
        return [
          id,
          {
            id,
            name,
            mayDeploy: obstacle === undefined,
            reason: obstacle,
            currentVersion:
              current.find(cell => cell.environmentId === id)?.successVersion ?? undefined,
          },
        ]
      }),
  )
  const wanted = refused ? call.form.text('environmentId') : call.query.text('environment')
  const chosen = environments.get(wanted ?? '')
  const environment = chosen?.mayDeploy ? rows.find(({ id }) => id === chosen.id) : undefined
  const planning = environment && (await previewDeployment(db, release, environment))
  return (
    <DeployPage
      frame={call.frame}
      project={head}
      release={release}
      form={refused ?? fresh({ environmentId: environment?.id ?? '' })}
      environments={[...environments.values()]}
      plan={planning && shownPlan(planning, selectedPackagesOf(release))}
    />
  )
}

const shownPlan = (
  { plan, problem }: Planning,
  packages: SelectedPackage[],
): NonNullable<DeployPageProps['plan']> => ({
  warnings: [...(problem === null ? [] : [problem]), ...concernsOf(plan)],
  steps: plan.steps.map(step => ({
    name: step.name,
    runs: step.skip === null,
    reason: step.skip ?? undefined,
    onServer: step.lanes.some(({ targetId }) => targetId === null),
    targets: step.lanes.flatMap(({ targetId }) => {
      const target = targetId === null ? undefined : plan.targets[targetId]
      return target ? [{ id: target.id, name: target.name, health: shownHealth(target) }] : []
    }),
    package: packagesOf(step, packages),
  })),
})

const NAMED = 5

/** What the plan can be carried out with, but hardly to a good end. */
const concernsOf = ({ steps, targets }: Plan): string[] => {
  const used = new Set(
    steps
      .filter(({ skip }) => skip === null)
      .flatMap(step => step.lanes.map(lane => lane.targetId)),
  )
  const chosen = Object.values(targets).filter(({ id }) => used.has(id))
  const bare = chosen.filter(({ runnerId }) => runnerId === null)
  const away = chosen.filter(
    ({ runnerId, healthStatus }) => runnerId !== null && healthStatus === 'Unavailable',
  )
  return [
    ...(bare.length > 0
      ? [`${namesOf(bare)}: no runner is registered there, so the deployment fails.`]
      : []),
    ...(away.length > 0
      ? [`${namesOf(away)}: offline. Unless it comes back at once, the deployment fails there.`]
      : []),
  ]
}

const namesOf = (targets: { name: string }[]): string => {
  const names = targets.slice(0, NAMED).map(({ name }) => name)
  const more = targets.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const packagesOf = (step: PlannedStep, packages: SelectedPackage[]): string | undefined => {
  const names = new Set(step.actions.map(({ name }) => name))
  const own = packages.filter(({ actionName }) => names.has(actionName))
  return own.map(({ packageId, version }) => `${packageId} ${version}`).join(', ') || undefined
}

const deploy = async (call: PageCall) => {
  const { release, project } = await visibleRelease(call)
  return orAgain(
    call.form,
    async () => {
      const environmentId = call.form.text('environmentId')
      if (environmentId === '') throw invalid('Choose the environment to deploy to.')
      const [made] = await createDeployments(call, project, release, {
        ...NOTHING_SPECIAL,
        environments: [environmentId],
      })
      const message = `Release ${release.version} is on its way.`
      return seeOther(links.deployment(made?.deploymentId ?? ''), { kind: 'success', message })
    },
    form => show(call, form),
  )
}

export const deployPages = [
  page({
    path: '/releases/{id}/deploy',
    permission: 'DeploymentCreate',
    handler: call => show(call),
  }),
  action({ path: '/releases/{id}/deploy', permission: 'DeploymentCreate', handler: deploy }),
]
