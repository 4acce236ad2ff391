/** What the system alone says; a value that a project gives to such a name never holds.
 *  @see https://octopus.com/docs/projects/variables/system-variables */
const FAMILIES = [
  'Octopus.Release.',
  'Octopus.Deployment.',
  'Octopus.Environment.',
  'Octopus.Machine.',
  'Octopus.Project.',
  'Octopus.ProjectGroup.',
  'Octopus.Space.',
  'Octopus.Task.',
  'Octopus.Step.',
  'Octopus.Step[',
  'Octopus.Tentacle.',
  'Octopus.Agent.',
  'Octopus.WorkerPool.',
  'Octopus.Web.',
  'Octopus.Runbook.',
  'Octopus.RunbookRun.',
  'Octopus.RunbookSnapshot.',
].map(each => each.toLowerCase())

const NAMES = new Set(
  [
    'Octopus.Action.Id',
    'Octopus.Action.Name',
    'Octopus.Action.Number',
    'Octopus.Action.IsSkipped',
    'Octopus.Action.TargetRoles',
    'Octopus.Action.Package.PackageId',
    'Octopus.Action.Package.PackageVersion',
  ].map(each => each.toLowerCase()),
)

/** Those within the families that people do set.
 *  @see https://octopus.com/docs/projects/variables/system-variables#user-modifiable-settings */
export const USER_SETTABLE = [
  'Octopus.Action.MaxParallelism',
  'Octopus.Acquire.MaxParallelism',
  'Octopus.Action.Package.RunScripts',
  'Octopus.Task.ConcurrencyTag',
  'Octopus.Deployment.WorkerLeaseCap',
  'OctopusPrintVariables',
  'OctopusPrintEvaluatedVariables',
  'OctopusBypassDeploymentMutex',
  'OctopusDeleteScriptsOnCleanup',
  'OctopusShouldFailDeploymentOnSubstitutionFails',
  'OctopusFreeDiskSpaceOverrideInMegaBytes',
  'OctopusSkipFreeDiskSpaceCheck',
  'OctopusSuppressDuplicateVariableWarning',
] as const
const SETTABLE = new Set(USER_SETTABLE.map(each => each.toLowerCase()))

/** Whether a name is the system's own, whatever its letter case. */
export const isBuiltIn = (name: string): boolean => {
  if (!/^octopus\./i.test(name)) return false
  const lower = name.toLowerCase()
  if (SETTABLE.has(lower)) return false
  return NAMES.has(lower) || FAMILIES.some(family => lower.startsWith(family))
}
