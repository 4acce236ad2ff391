import type { Inputs } from './inputs.ts'
import type { PlannedAction, PlannedStep, PlanPool, PlanTarget } from './plan.ts'

export type Entries = [name: string, value: string][]

/** A moment as the originals write it. */
export const instant = (at: number) => new Date(at).toISOString().replace('Z', '+00:00')

/** What does not change while a deployment runs.
 *  @see https://octopus.com/docs/projects/variables/system-variables */
export const deploymentVariables = (inputs: Inputs, publicUrl: string): Entries => {
  const { release, environment, project, channel, space, task, previous } = inputs
  return [
    ['Octopus.Release.Id', release.id],
    ['Octopus.Release.Number', release.version],
    ['Octopus.Release.Notes', release.notes],
    ['Octopus.Release.Created', instant(release.assembledAt)],
    ['Octopus.Release.Channel.Id', channel.id],
    ['Octopus.Release.Channel.Name', channel.name],
    ...(previous
      ? ([
          ['Octopus.Release.CurrentForEnvironment.Id', previous.releaseId],
          ['Octopus.Release.CurrentForEnvironment.Number', previous.version],
          ['Octopus.Deployment.PreviousSuccessful.Id', previous.deploymentId],
        ] satisfies Entries)
      : []),
    ['Octopus.Deployment.Id', inputs.id],
    ['Octopus.Deployment.Name', inputs.name],
    ['Octopus.Deployment.Comments', inputs.comments],
    ['Octopus.Deployment.Created', instant(inputs.createdAt)],
    ['Octopus.Deployment.CreatedBy.Id', inputs.deployedById ?? ''],
    ['Octopus.Deployment.CreatedBy.DisplayName', inputs.deployedBy],
    ['Octopus.Deployment.CreatedBy.Username', inputs.deployedBy],
    ['Octopus.Deployment.ForcePackageDownload', spell(inputs.request.forcePackageDownload)],
    ['Octopus.Deployment.SpecificMachines', inputs.request.specificMachineIds.join(',')],
    ['Octopus.Environment.Id', environment.id],
    ['Octopus.Environment.Name', environment.name],
    ['Octopus.Environment.SortOrder', `${environment.sortOrder}`],
    ['Octopus.Project.Id', project.id],
    ['Octopus.Project.Name', project.name],
    ['Octopus.ProjectGroup.Id', project.groupId],
    ['Octopus.ProjectGroup.Name', project.groupName],
    ['Octopus.Space.Id', space.id],
    ['Octopus.Space.Name', space.name],
    ['Octopus.Task.Id', task.id],
    ['Octopus.Task.Name', task.description],
    ['Octopus.Task.QueueTime', instant(task.queuedAt)],
    ['Octopus.Web.ServerUri', publicUrl],
    ['Octopus.Web.BaseUrl', publicUrl],
    // Paths: scripts write `#{Octopus.Web.ServerUri}#{Octopus.Web.ReleaseLink}`.
    ['Octopus.Web.ProjectLink', `/projects/${project.id}`],
    ['Octopus.Web.ReleaseLink', `/releases/${release.id}`],
    ['Octopus.Web.DeploymentLink', `/deployments/${inputs.id}`],
  ]
}

const spell = (flag: boolean) => (flag ? 'True' : 'False')

export const stepVariables = (step: PlannedStep, action: PlannedAction | null): Entries => [
  ['Octopus.Step.Id', step.id],
  ['Octopus.Step.Name', step.name],
  ['Octopus.Step.Number', `${step.number}`],
  ...(action
    ? ([
        ['Octopus.Action.Id', action.id],
        ['Octopus.Action.Name', action.name],
        ['Octopus.Action.Number', action.number],
        ['Octopus.Action.IsSkipped', 'False'],
        ['Octopus.Action.TargetRoles', step.tags.join(',')],
      ] satisfies Entries)
    : []),
]

const rolesHere = ({ tags }: PlanTarget, step: PlannedStep): string => {
  const wanted = new Set(step.tags.map(tag => tag.toLowerCase()))
  return tags.filter(tag => wanted.has(tag.toLowerCase())).join(',')
}

export const machineVariables = (
  target: PlanTarget,
  step: PlannedStep,
  hostname: string | undefined,
): Entries => [
  ['Octopus.Machine.Id', target.id],
  ['Octopus.Machine.Name', target.name],
  ['Octopus.Machine.Roles', target.tags.join(',')],
  ['Octopus.Tentacle.CurrentDeployment.TargetedRoles', rolesHere(target, step)],
  ...(hostname === undefined ? [] : ([['Octopus.Machine.Hostname', hostname]] satisfies Entries)),
]

export const poolVariables = (pool: Pick<PlanPool, 'id' | 'name'> | undefined): Entries =>
  pool
    ? [
        ['Octopus.WorkerPool.Id', pool.id],
        ['Octopus.WorkerPool.Name', pool.name],
      ]
    : []
