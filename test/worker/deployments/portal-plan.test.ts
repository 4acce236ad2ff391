import { describe, expect, it } from 'vitest'
import type { Plan, PlannedAction, PlannedStep } from '../../../worker/deployments/plan.ts'
import { shownPlan } from '../../../worker/deployments/portal-plan.ts'

const action = (more: Partial<PlannedAction> = {}): PlannedAction => ({
  id: 'actions-1',
  name: 'Deploy web',
  number: '1',
  actionType: 'Octopus.Script',
  isRequired: false,
  poolId: null,
  condition: 'Success',
  expression: null,
  retries: { max: 0, backoffMs: 0 },
  timeoutMs: 0,
  isRetrySafe: false,
  manual: null,
  skip: null,
  ...more,
})

const step = (more: Partial<PlannedStep> = {}): PlannedStep => ({
  id: 'steps-1',
  name: 'Deploy web',
  number: 1,
  group: 1,
  condition: 'Success',
  expression: null,
  tags: ['web'],
  window: 10,
  isRolling: false,
  isFinalizer: false,
  actions: [action()],
  lanes: [{ targetId: 'Machines-1' }, { targetId: 'Machines-2' }],
  excludedTargetIds: [],
  leftOut: [],
  skip: null,
  ...more,
})

const target = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  runnerId: 'Runners-1',
  isDisabled: false,
  healthStatus: 'Healthy',
  tags: ['web'],
  ...more,
})

const shown = (steps: PlannedStep[], more: Partial<Plan> = {}, skipped: string[] = []) =>
  shownPlan(
    {
      plan: {
        steps,
        targets: {
          'Machines-1': target('Machines-1', 'web-1'),
          'Machines-2': target('Machines-2', 'web-2'),
        },
        pools: {
          'WorkerPools-1': { id: 'WorkerPools-1', name: 'Linux', isDefault: true, workers: [] },
        },
        ...more,
      },
      problem: null,
    },
    [
      {
        actionName: 'Deploy web',
        packageReferenceName: '',
        packageId: 'Shop.Web',
        version: '1.0.0',
        sha256: null,
      } as never,
    ],
    skipped,
  )

describe('a plan on the page says', () => {
  it('where each step runs, with what, and where not', () =>
    expect(
      shown([
        step({
          leftOut: [{ targetId: 'Machines-3', name: 'web-3', reason: 'It is disabled.' }],
        }),
      ]),
    ).toMatchObject({
      warnings: [],
      steps: [
        {
          number: 1,
          runs: true,
          notes: [],
          targets: [
            { id: 'Machines-1', name: 'web-1', health: 'healthy' },
            { id: 'Machines-2', name: 'web-2', health: 'healthy' },
          ],
          leftOut: [{ id: 'Machines-3', name: 'web-3', reason: 'It is disabled.' }],
          actions: [{ package: 'Shop.Web 1.0.0', canSkip: true }],
        },
      ],
    }))

  it.each<[string, Partial<PlannedStep>, string[]]>([
    ['that it rolls', { isRolling: true, window: 1 }, ['1 at once']],
    ['nothing of a window that all targets fit in', { isRolling: true, window: 2 }, []],
    ['that it runs after failures only', { condition: 'Failure' }, ['only after a failure']],
    [
      'that it runs after a cancel only',
      { condition: 'Cancelled' },
      ['only when the deployment is cancelled'],
    ],
    ['that it ends everything', { isFinalizer: true }, ['at the very end, whatever happened']],
    [
      'that it asks',
      {
        actions: [
          action({ manual: { instructions: '', responsibleTeamIds: [], blocksOthers: false } }),
        ],
      },
      ['waits for a person'],
    ],
    [
      'how often it tries',
      { actions: [action({ retries: { max: 2, backoffMs: 0 } })] },
      ['up to 2 retries'],
    ],
    [
      'that its machine may restart',
      { actions: [action({ maximumReboots: 1 })] },
      ['goes on after a restart of its machine'],
    ],
  ])('%s', (_, more, notes) => expect(shown([step(more)]).steps[0]?.notes).toEqual(notes))

  it.each<[string, Partial<PlannedStep>, string]>([
    ['once', { lanes: [{ targetId: null }] }, 'Once, on a worker of Linux'],
    ['for each target', {}, 'On a worker of Linux, for each target'],
  ])('whose worker does it, %s', (_, more, place) =>
    expect(
      shown([step({ actions: [action({ poolId: 'WorkerPools-1' })], ...more })]).steps[0]?.place,
    ).toBe(place),
  )

  it('why a step or a part of it does not run, once', () => {
    const skip = 'It was left out of this deployment.'
    const [whole, part] = shown(
      [
        step({ skip, actions: [action({ skip })] }),
        step({ actions: [action({ skip }), action({ id: 'actions-2', number: '1.2' })] }),
      ],
      {},
      ['actions-1'],
    ).steps
    expect(whole).toMatchObject({ runs: false, reason: skip })
    expect(whole?.actions[0]).toMatchObject({ reason: undefined, canSkip: true, runs: false })
    expect(part?.actions[0]).toMatchObject({ reason: skip, canSkip: true, runs: false })
  })

  it('nothing to skip of what is required, or does not run here anyway', () => {
    const [required, elsewhere] = shown([
      step({ actions: [action({ isRequired: true })] }),
      step({
        skip: 'It does not run in Test.',
        actions: [action({ skip: 'It does not run in Test.' })],
      }),
    ]).steps
    expect([required?.actions[0]?.canSkip, elsewhere?.actions[0]?.canSkip]).toEqual([false, false])
  })

  it('which targets will hardly take it, unless only workers and people have work there', () => {
    const targets = {
      'Machines-1': target('Machines-1', 'web-1', { runnerId: null }),
      'Machines-2': target('Machines-2', 'web-2', { healthStatus: 'Unavailable' }),
    }
    expect(shown([step()], { targets }).warnings).toEqual([
      'web-1: no runner is registered there, so the deployment fails.',
      'web-2: offline. Unless it comes back at once, the deployment fails there.',
    ])
    expect(
      shown([step({ actions: [action({ poolId: 'WorkerPools-1' })] })], { targets }).warnings,
    ).toEqual([])
  })

  it('that steps start together', () =>
    expect(shown([step(), step({ number: 2 })]).steps.map(each => each.withPrevious)).toEqual([
      false,
      true,
    ]))
})
