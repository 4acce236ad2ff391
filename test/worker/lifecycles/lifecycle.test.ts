import { describe, expect, it } from 'vitest'
import { parse } from '../../../worker/http/input.ts'
import { lifecycleInput, parsePhases } from '../../../worker/lifecycles/lifecycle.ts'

const environments = [
  { id: 'Environments-1', name: 'Staging' },
  { id: 'Environments-2', name: 'Production' },
]
const read = (phases: unknown) =>
  parsePhases(parse(lifecycleInput, { Name: 'Standard', Phases: phases }).Phases, environments)

describe('reading the phases of a lifecycle', () => {
  it('takes environments by id and by name, in any letter case', () => {
    const [phase] = read([
      {
        Id: 'test',
        Name: 'All',
        AutomaticDeploymentTargets: ['environments-1'],
        OptionalDeploymentTargets: ['PRODUCTION'],
      },
    ])
    expect(phase).toEqual({
      Id: 'test',
      Name: 'All',
      AutomaticDeploymentTargets: ['Environments-1'],
      OptionalDeploymentTargets: ['Environments-2'],
      MinimumEnvironmentsBeforePromotion: 0,
      IsOptionalPhase: false,
      IsPriorityPhase: false,
      ReleaseRetentionPolicy: null,
      TentacleRetentionPolicy: null,
    })
  })

  it('gives a phase an id when the client gave none', () => {
    expect(read([{ Name: 'One' }, { Id: '', Name: 'Two' }]).map(({ Id }) => Id)).toEqual([
      'phase-1',
      'phase-2',
    ])
  })

  it.each([
    {
      what: 'an unknown environment',
      phases: [{ Name: 'Live', OptionalDeploymentTargets: ['Environments-9'] }],
      message:
        "Phase 'Live' names the environment 'Environments-9', which does not exist here. Create it first, or take it out of the phase.",
    },
    {
      what: 'an environment in two phases',
      phases: [
        { Name: 'Early', OptionalDeploymentTargets: ['Staging'] },
        { Name: 'Late', AutomaticDeploymentTargets: ['Environments-1'] },
      ],
      message:
        "Environment 'Staging' may appear in one phase only; 'Early' and 'Late' both name it.",
    },
    {
      what: 'an environment twice in a phase',
      phases: [
        {
          Name: 'Early',
          OptionalDeploymentTargets: ['Staging'],
          AutomaticDeploymentTargets: ['Staging'],
        },
      ],
      message: "Environment 'Staging' may appear in one phase only; phase 'Early' names it twice.",
    },
    {
      what: 'two phases of one name',
      phases: [{ Name: 'Live' }, { Name: 'LIVE' }],
      message: "Two phases are named 'LIVE'. Give each phase a name of its own.",
    },
    {
      what: 'a minimum above the number of environments',
      phases: [
        {
          Name: 'Live',
          OptionalDeploymentTargets: ['Staging'],
          MinimumEnvironmentsBeforePromotion: 2,
        },
      ],
      message:
        "Phase 'Live' asks for 2 environments before promotion but has 1. Lower the number; 0 means all of them.",
    },
    {
      what: 'a phase without a name',
      phases: [{ Name: ' ' }],
      message: 'Phases.0.Name: is missing; give each phase a name',
    },
    {
      what: 'a negative minimum',
      phases: [{ Name: 'Live', MinimumEnvironmentsBeforePromotion: -1 }],
      message: 'Phases.0.MinimumEnvironmentsBeforePromotion: Too small: expected number to be >=0',
    },
    {
      what: 'more than 50 phases',
      phases: Array.from({ length: 51 }, (_, at) => ({ Name: `P${at}` })),
      message: 'Phases: holds too many; a lifecycle has at most 50 phases',
    },
  ])('refuses $what', ({ phases, message }) => {
    expect(() => read(phases)).toThrow(message)
  })
})
