import { dirname } from 'node:path'
import type { Home } from '../home.ts'
import type { StepVariables } from '../variables.ts'

/** What a step may ask about the runner it runs on, under the names that scripts know.
 *  @see https://octopus.com/docs/projects/variables/system-variables#agent */
export const setAgentVariables = (variables: StepVariables, home: Home): void => {
  const program = dirname(process.argv[1] ?? process.execPath)
  variables.set('Octopus.Tentacle.Agent.ApplicationDirectoryPath', home.applications)
  variables.set('Octopus.Tentacle.Agent.InstanceName', 'Slipway')
  variables.set('Octopus.Tentacle.Agent.ProgramDirectoryPath', program)
  variables.set('Octopus.Agent.ProgramDirectoryPath', program)
}
