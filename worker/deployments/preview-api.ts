import * as z from 'zod'
import { authorize } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { notFound } from '../http/problem.ts'
import { route } from '../http/route.ts'
import { type EnvironmentRow, getEnvironment } from '../infrastructure/store.ts'
import { mayDeploy } from '../lifecycles/progression.ts'
import { releasePhases } from '../lifecycles/store.ts'
import { missingPackages } from '../releases/missing-packages.ts'
import { getRelease, type ReleaseRow } from '../releases/store.ts'
import { promptedVariables } from '../variables/prompts.ts'
import { chooseMachines, chooseSteps } from './choices.ts'
import { previewDeployment } from './preview.ts'
import { previewResource } from './preview-resource.ts'
import { successesOf } from './store.ts'

const names = z.array(z.string().trim().min(1).max(500)).max(1000).nullish()
const MAX_PREVIEWS = 50

const previewsInput = z.object({
  DeploymentPreviews: z
    .array(
      z.object({
        EnvironmentId: z.string().trim().min(1).max(500),
        TenantId: z.null().or(z.literal('')).optional(),
      }),
    )
    .min(1, 'name at least one environment: [{"EnvironmentId": "Environments-1"}].')
    .max(MAX_PREVIEWS, `may name ${MAX_PREVIEWS} environments.`),
  IncludeDisabledSteps: z.boolean().nullish(),
  SkipActions: names,
  SpecificMachineIds: names,
  ExcludedMachineIds: names,
})

type Wanted = Pick<
  z.output<typeof previewsInput>,
  'IncludeDisabledSteps' | 'SkipActions' | 'SpecificMachineIds' | 'ExcludedMachineIds'
>

/** Previews of one release, in the order of the environments. */
const previews = async (
  call: Call<unknown>,
  release: ReleaseRow,
  environments: EnvironmentRow[],
  wanted: Wanted,
) => {
  const { db, principal } = call
  const { spaceId, projectId } = release
  for (const { id } of environments)
    authorize(principal, 'DeploymentView', { spaceId, projectId, environmentId: id })
  const machines = {
    specificMachines: wanted.SpecificMachineIds ?? [],
    excludedMachines: wanted.ExcludedMachineIds ?? [],
  }
  const [phases, successes, missing, skipActionIds, chosen] = await Promise.all([
    releasePhases(db, spaceId, release),
    successesOf(db, release.id),
    missingPackages(db, release),
    chooseSteps(db, release, wanted.SkipActions ?? []),
    chooseMachines(db, spaceId, machines),
  ])
  return Promise.all(
    environments.map(async environment => {
      const { id, name } = environment
      const [preview, prompts] = await Promise.all([
        previewDeployment(db, release, environment, { skipActionIds, ...chosen }),
        promptedVariables(db, release, { id, name }),
      ])
      const permit = mayDeploy(phases, successes, id, name)
      const space = `/api/${spaceId}`
      const links = {
        Self: `${space}/releases/${release.id}/deployments/preview/${id}`,
        Release: `${space}/releases/${release.id}`,
        Environment: `${space}/environments/${id}`,
      }
      const foresight = { preview, prompts, permit, missingPackages: missing }
      return previewResource(foresight, links, wanted.IncludeDisabledSteps ?? false)
    }),
  )
}

const one = async (call: Call) => {
  const [release, environment] = await Promise.all([
    getRelease(call.db, call.space.id, call.params.release ?? ''),
    getEnvironment(call.db, call.space.id, call.params.environment ?? ''),
  ])
  const [preview] = await previews(call, release, [environment], {
    IncludeDisabledSteps: call.query.flag('includeDisabledSteps'),
    SkipActions: call.query.list('skipActions'),
    SpecificMachineIds: call.query.list('specificMachineIds'),
    ExcludedMachineIds: call.query.list('excludedMachineIds'),
  })
  return preview
}

const several = async (call: Call<z.output<typeof previewsInput>>) => {
  const release = await getRelease(call.db, call.space.id, call.params.release ?? '')
  const ids = call.body.DeploymentPreviews.map(each => each.EnvironmentId)
  const found = await Promise.all(
    [...new Set(ids)].map(
      async id => [id, await getEnvironment(call.db, call.space.id, id)] as const,
    ),
  )
  const environments = new Map(found)
  const wanted = ids.flatMap(id => environments.get(id) ?? [])
  return previews(call, release, wanted, call.body)
}

/** There are no tenants yet. */
const forTenant = (call: Call) => {
  throw notFound(call.params.tenant ?? '')
}

const PREVIEW = '/releases/{release}/deployments/preview/{environment}'

export const previewRoutes = [
  route({
    method: 'GET',
    area: 'space',
    path: PREVIEW,
    permission: 'DeploymentView',
    summary: 'What a deployment would do, and why not',
    handler: one,
  }),
  route({
    method: 'GET',
    area: 'space',
    path: `${PREVIEW}/{tenant}`,
    permission: 'DeploymentView',
    handler: forTenant,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/releases/{release}/deployments/previews',
    permission: 'DeploymentView',
    schema: previewsInput,
    summary: 'The same for several environments, in their order',
    handler: several,
  }),
]
