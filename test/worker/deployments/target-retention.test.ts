import { expect, it } from 'vitest'
import { retentionVariables } from '../../../worker/deployments/target-retention.ts'

const keep = (Unit: string, QuantityToKeep: number, ShouldKeepForever = false) => ({
  Unit,
  QuantityToKeep,
  ShouldKeepForever,
})
const phase = (environments: string[], TentacleRetentionPolicy: object | null) => ({
  AutomaticDeploymentTargets: [],
  OptionalDeploymentTargets: environments,
  TentacleRetentionPolicy,
})

it.each([
  { when: 'nothing is said', settings: {}, phases: [], says: [] },
  {
    when: 'the lifecycle says so',
    settings: { TentacleRetentionPolicy: keep('Items', 3) },
    phases: [],
    says: [['OctopusRetentionPolicyItemsToKeep', '3']],
  },
  {
    when: "the environment's phase says otherwise",
    settings: { TentacleRetentionPolicy: keep('Items', 3) },
    phases: [
      phase(['Environments-2'], keep('Items', 9)),
      phase(['Environments-1'], keep('Days', 7)),
    ],
    says: [['OctopusRetentionPolicyDaysToKeep', '7']],
  },
  {
    when: 'the phase of all others says so',
    settings: {},
    phases: [phase(['Environments-2'], keep('Items', 9)), phase([], keep('Days', 1))],
    says: [['OctopusRetentionPolicyDaysToKeep', '1']],
  },
  {
    when: 'the phase leaves it to the lifecycle',
    settings: { TentacleRetentionPolicy: keep('Items', 3) },
    phases: [phase(['Environments-1'], null)],
    says: [['OctopusRetentionPolicyItemsToKeep', '3']],
  },
  {
    when: 'all is kept',
    settings: { TentacleRetentionPolicy: keep('Items', 3, true) },
    phases: [],
    says: [],
  },
])('targets keep as much as the lifecycle says, when $when', ({ settings, phases, says }) =>
  expect(retentionVariables(JSON.stringify({ settings, phases }), 'Environments-1')).toEqual(says),
)
