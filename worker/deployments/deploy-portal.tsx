import type { FormState } from '../../ui/components/form.tsx'
import { type DeployEnvironment, DeployPage } from '../../ui/deployments/deploy-page.tsx'
import { links } from '../../ui/links.ts'
import { action, type PageCall, page, seeOther, shown } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { Problem } from '../http/problem.ts'
import { type EnvironmentRow, listEnvironments } from '../infrastructure/store.ts'
import { missingPackages } from '../releases/missing-packages.ts'
import { releaseProgression } from '../releases/progression.ts'
import { selectedPackagesOf } from '../releases/release.ts'
import { obstacleTo, shortened, visibleRelease } from '../releases/release-portal.tsx'
import type { ReleaseRow } from '../releases/store.ts'
import { promptValues } from '../variables/prompt-form.ts'
import { promptedVariables } from '../variables/prompts.ts'
import { chooseMachines, chooseSteps } from './choices.ts'
import { createDeployments } from './commands.ts'
import { idempotencyFrom } from './idempotency.ts'
import { shownPlan } from './portal-plan.ts'
import { lastAnswers } from './portal-reads.ts'
import { choicesIn, requestIn } from './portal-request.ts'
import { previewDeployment } from './preview.ts'
import { listDashboard } from './store.ts'

const show = async (call: PageCall, again?: FormState) => {
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
  const wanted = again ? call.form.text('environmentId') : call.query.text('environment')
  const destination = environments.get(wanted ?? '')
  const environment = destination?.mayDeploy
    ? rows.find(({ id }) => id === destination.id)
    : undefined
  const foresight = environment && (await foresee(call, release, environment))
  const blank = { environmentId: environment?.id ?? '', key: crypto.randomUUID() }
  return (
    <DeployPage
      frame={call.frame}
      project={head}
      release={release}
      form={again ?? fresh({ ...foresight?.answers, ...blank })}
      environments={[...environments.values()]}
      chosen={foresight}
    />
  )
}

/** The plan with what the form leaves out; what it names and is not there is left for deploying to
 *  refuse. */
const foresee = async (call: PageCall, release: ReleaseRow, environment: EnvironmentRow) => {
  const { db, space, form } = call
  const choices = choicesIn(form)
  const [skipActionIds, machines, whole, prompts, missing, last] = await Promise.all([
    orNone([], chooseSteps(db, release, choices.skipSteps)),
    orNone(ALL_MACHINES, chooseMachines(db, space.id, choices)),
    previewDeployment(db, release, environment),
    promptedVariables(db, release, environment),
    missingPackages(db, release),
    lastAnswers(db, release.projectId, environment.id),
  ])
  const request = { skipActionIds, ...machines }
  const isNarrowed = Object.values(request).some(ids => ids.length > 0)
  const planning = isNarrowed ? await previewDeployment(db, release, environment, request) : whole
  const targets = new Map(
    whole.plan.steps.flatMap(step => [
      ...step.lanes.flatMap(({ targetId }): [string, string][] =>
        targetId === null ? [] : [[targetId, whole.plan.targets[targetId]?.name ?? targetId]],
      ),
    ]),
  )
  return {
    plan: shownPlan(
      planning,
      selectedPackagesOf(release),
      skipActionIds,
      missing.map(
        ({ PackageId, Version, StepName }) =>
          `${PackageId} ${Version} of ${StepName} is no longer in the repository as the release took it.`,
      ),
    ),
    prompts,
    answers: promptValues(prompts, last),
    targets: [...targets].map(([value, label]) => ({ value, label })),
    asksByDefault: whole.guidedFailure,
  }
}

const ALL_MACHINES = { specificMachineIds: [], excludedMachineIds: [] }

const orNone = async <T,>(none: T, wanted: Promise<T>): Promise<T> => {
  try {
    return await wanted
  } catch (error) {
    if (error instanceof Problem) return none
    throw error
  }
}

const deploy = async (call: PageCall) => {
  const { release, project } = await visibleRelease(call)
  if (call.form.text('deed') === 'plan')
    return shown(await show(call, { values: call.form.values, errors: {} }))
  return orAgain(
    call.form,
    async () => {
      const environments = await listEnvironments(call.db, call.space.id)
      const id = call.form.text('environmentId')
      const environment = environments.find(each => each.id === id)
      const prompts = environment ? await promptedVariables(call.db, release, environment) : []
      const request = requestIn(call.form, prompts)
      const idempotency = await onceFor(call.form.text('key'), [release.id, request])
      const [made] = await createDeployments(call, project, release, request, { idempotency })
      const message = `Release ${release.version} is on its way.`
      return seeOther(links.deployment(made?.deploymentId ?? ''), { kind: 'success', message })
    },
    form => show(call, form),
  )
}

/** A form sent twice deploys once; one that was changed in between deploys what it says now. */
const onceFor = async (key: string, of: unknown) => {
  if (key === '') return undefined
  const { digest } = await idempotencyFrom(key, of)
  return { key: `${key}/${digest}`, digest }
}

export const deployPages = [
  page({
    path: '/releases/{id}/deploy',
    permission: 'DeploymentCreate',
    handler: call => show(call),
  }),
  action({ path: '/releases/{id}/deploy', permission: 'DeploymentCreate', handler: deploy }),
]
