import type { ProjectSettings } from '../projects/project.ts'

/** Whether a failure asks a person: as the deployment says, else the project, else the environment. */
export const wantsGuidedFailure = (
  requested: boolean | null,
  project: ProjectSettings['DefaultGuidedFailureMode'],
  environmentDefault: boolean,
): boolean =>
  requested ?? (project === 'EnvironmentDefault' ? environmentDefault : project === 'On')
