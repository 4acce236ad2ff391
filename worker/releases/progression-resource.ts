import { deploymentResource } from '../deployments/resource.ts'
import { taskResource } from '../tasks/resource.ts'
import type { ReleaseProgress } from './progression.ts'
import type { ReleaseRow } from './store.ts'

/** `GET /releases/{id}/progression` as clients read it. @param isShown whether the caller may see
 *  deployments to this environment */
export const progressionResource = (
  release: ReleaseRow,
  { phases, next }: ReleaseProgress,
  now: number,
  isShown: (environmentId: string) => boolean,
) => ({
  ReleaseId: release.id,
  Phases: phases.map(phase => ({
    Id: phase.id,
    Name: phase.name,
    Progress: phase.state,
    Blocked: !phase.isOpen,
    AutomaticDeploymentTargets: idsOf(phase.environments.filter(each => each.isAutomatic)),
    OptionalDeploymentTargets: idsOf(phase.environments.filter(each => !each.isAutomatic)),
    MinimumEnvironmentsBeforePromotion: phase.required,
    IsOptionalPhase: phase.isOptional,
    Deployments: phase.deployments
      .filter(({ deployment }) => isShown(deployment.environmentId))
      .map(({ deployment, task }) => ({
        Task: taskResource(task, now),
        Deployment: deploymentResource(deployment, task),
      })),
  })),
  NextDeployments: next,
  NextDeploymentsMinimumRequired: missingFor(phases, next),
  HasUnresolvedDefect: false,
  Links: {
    Self: `/api/${release.spaceId}/releases/${release.id}/progression`,
    Release: `/api/${release.spaceId}/releases/${release.id}`,
  },
})

/** How many more successes the phase needs that is next. */
const missingFor = (phases: ReleaseProgress['phases'], next: string[]): number => {
  const current = phases.find(({ environments }) =>
    environments.some(({ id }) => next.includes(id)),
  )
  return current ? Math.max(0, current.required - current.done) : 0
}

/** `GET /releases/{id}/deployments/template`: where the release may go now. */
export const deploymentTemplateResource = (
  release: ReleaseRow,
  { phases }: ReleaseProgress,
  changed: { process: boolean; variables: boolean },
) => {
  const self = `/api/${release.spaceId}/releases/${release.id}/deployments`
  const allowed = new Map(
    phases
      .flatMap(({ environments }) => environments)
      .filter(each => each.allowed)
      .map(each => [each.id, each]),
  )
  return {
    IsDeploymentProcessModified: changed.process,
    IsVariableSetModified: changed.variables,
    IsLibraryVariableSetModified: false,
    DeploymentNotes: null,
    PromoteTo: [...allowed.values()].map(({ id, name }) => ({
      Id: id,
      Name: name,
      Links: { Preview: `${self}/preview/${id}{?includeDisabledSteps}` },
    })),
    TenantPromotions: [],
    Links: { Self: `${self}/template`, Release: `/api/${release.spaceId}/releases/${release.id}` },
  }
}

const idsOf = (environments: { id: string }[]): string[] => environments.map(({ id }) => id)
