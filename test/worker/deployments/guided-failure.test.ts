import { expect, it } from 'vitest'
import { wantsGuidedFailure } from '../../../worker/deployments/guided-failure.ts'

it.each([
  { requested: true, project: 'Off', environment: false, wanted: true },
  { requested: false, project: 'On', environment: true, wanted: false },
  { requested: null, project: 'On', environment: false, wanted: true },
  { requested: null, project: 'Off', environment: true, wanted: false },
  { requested: null, project: 'EnvironmentDefault', environment: true, wanted: true },
  { requested: null, project: 'EnvironmentDefault', environment: false, wanted: false },
] as const)(
  'asked for $requested, project $project, environment $environment: $wanted',
  ({ requested, project, environment, wanted }) =>
    expect(wantsGuidedFailure(requested, project, environment)).toBe(wanted),
)
