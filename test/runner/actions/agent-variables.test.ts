import { join } from 'node:path'
import { expect, it } from 'vitest'
import { setAgentVariables } from '../../../runner/actions/agent-variables.ts'
import { homeAt } from '../../../runner/home.ts'
import { StepVariables } from '../../../runner/variables.ts'

it('a step is told of the runner it runs on', () => {
  const variables = new StepVariables({ properties: {}, variables: [] })
  setAgentVariables(variables, homeAt('/var/lib/slipway'))
  const program = join(process.argv[1] ?? '', '..')
  expect(variables.plain()).toEqual([
    {
      name: 'Octopus.Tentacle.Agent.ApplicationDirectoryPath',
      value: '/var/lib/slipway/applications',
      sensitive: false,
    },
    { name: 'Octopus.Tentacle.Agent.InstanceName', value: 'Slipway', sensitive: false },
    { name: 'Octopus.Tentacle.Agent.ProgramDirectoryPath', value: program, sensitive: false },
    { name: 'Octopus.Agent.ProgramDirectoryPath', value: program, sensitive: false },
  ])
})
