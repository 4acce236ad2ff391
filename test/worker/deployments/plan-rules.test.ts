import { describe, expect, it } from 'vitest'
import type { PlanInput, PlanTarget } from '../../../worker/deployments/plan.ts'
import { admitsTenant } from '../../../worker/deployments/plan-scope.ts'
import { DB_1, POOL, planOf, step, target, WEB_1, WEB_2 } from './process.ts'

const request = { skipActionIds: [], specificMachineIds: [], excludedMachineIds: [] }
const policy = {
  SkipMachineBehavior: 'None' as 'None' | 'SkipUnavailableMachines',
  TargetRoles: [] as string[],
  AllowDeploymentsToNoTargets: false,
  ExcludeUnhealthyTargets: false,
}
const properties = (more: Record<string, string>) => ({
  action: { Properties: { 'Octopus.Action.RunOnServer': 'true', ...more } },
})
const actionOf = (more: Record<string, string>, type = 'Octopus.Script') =>
  planOf([step('One', '', { action: { ActionType: type, ...properties(more).action } })]).plan
    .steps[0]?.actions[0]

describe('retries', () => {
  const MAX = 'Octopus.Action.AutoRetry.MaximumCount'
  const BACKOFF = 'Octopus.Action.AutoRetry.MinimumBackoff'
  it.each([
    { given: 'nothing', more: {}, retries: { max: 0, backoffMs: 0 } },
    {
      given: 'two with 15 s',
      more: { [MAX]: '2', [BACKOFF]: '15' },
      retries: { max: 2, backoffMs: 15_000 },
    },
    { given: 'more than three', more: { [MAX]: '9' }, retries: { max: 3, backoffMs: 0 } },
    { given: 'less than none', more: { [MAX]: '-1' }, retries: { max: 0, backoffMs: 0 } },
    {
      given: 'no number',
      more: { [MAX]: 'often', [BACKOFF]: 'long' },
      retries: { max: 0, backoffMs: 0 },
    },
    {
      given: 'a wait of a day',
      more: { [MAX]: '1', [BACKOFF]: '86400' },
      retries: { max: 1, backoffMs: 3_600_000 },
    },
  ])('given $given', ({ more, retries }) => expect(actionOf(more)).toMatchObject({ retries }))

  it.each(['Octopus.Manual', 'Octopus.DeployRelease', 'Octopus.HealthCheck', 'Octopus.Email'])(
    'are not for %s, and neither are time-outs',
    type =>
      expect(
        actionOf({ [MAX]: '3', 'Octopus.Action.ExecutionTimeout.Minutes': '5' }, type),
      ).toMatchObject({ retries: { max: 0, backoffMs: 0 }, timeoutMs: 0 }),
  )
})

describe('time-outs', () => {
  it.each([
    ['', 0],
    ['0', 0],
    ['-1', 0],
    ['soon', 0],
    ['0.5', 30_000],
    ['10', 600_000],
  ])("of '%s' minutes", (minutes, timeoutMs) =>
    expect(actionOf({ 'Octopus.Action.ExecutionTimeout.Minutes': minutes })).toMatchObject({
      timeoutMs,
    }),
  )
})

it.each([
  { own: {}, project: '5', timeoutMs: 300_000 },
  { own: { 'Octopus.Action.ExecutionTimeout.Minutes': '2' }, project: '5', timeoutMs: 120_000 },
  { own: {}, project: 'soon', timeoutMs: 0 },
])("with the project's time-out of $project and its own $own", ({ own, project, timeoutMs }) => {
  const timeouts = { 'action-One': project }
  const settings = {
    maxParallelism: null,
    acquireParallelism: null,
    workerPools: {},
    windows: {},
    timeouts,
  }
  const { plan } = planOf([step('One', '', properties(own))], { settings })
  expect(plan.steps[0]?.actions[0]).toMatchObject({ timeoutMs })
})

it.each([
  ['True', true],
  ['true', true],
  ['', false],
  ['no', false],
])("may be run again by itself when it says '%s': %s", (text, isRetrySafe) =>
  expect(actionOf({ 'Slipway.Action.RetrySafe': text })).toMatchObject({ isRetrySafe }),
)

it.each([
  [{}, undefined],
  [{ MaximumReboots: '3' }, undefined],
  [{ ExpectsReboot: 'False', MaximumReboots: '3' }, undefined],
  [{ ExpectsReboot: 'True' }, 1],
  [{ ExpectsReboot: 'true', MaximumReboots: '3' }, 3],
  [{ ExpectsReboot: 'True', MaximumReboots: '99' }, 5],
  [{ ExpectsReboot: 'True', MaximumReboots: 'many' }, 1],
])('with %j may have its machine restarted %s times', (settings, maximumReboots) => {
  const named = Object.entries(settings).map(([name, value]) => [`Slipway.Action.${name}`, value])
  expect(actionOf(Object.fromEntries(named))?.maximumReboots).toBe(maximumReboots)
})

describe('a manual step', () => {
  const approve = (tags: string, more: object = {}) =>
    step('Approve', tags, {
      action: {
        ActionType: 'Octopus.Manual',
        Properties: {
          'Octopus.Action.Manual.Instructions': 'Look at #{Octopus.Environment.Name}',
          'Octopus.Action.RunOnServer': 'false',
          ...more,
        },
      },
    })

  it('waits once and needs neither a worker nor a target', () => {
    const { plan, problem } = planOf([approve('')], { targets: [], pools: [] })
    expect(problem).toBeNull()
    expect(plan.steps[0]).toMatchObject({
      lanes: [{ targetId: null }],
      actions: [
        {
          poolId: null,
          isRequired: false,
          manual: {
            instructions: 'Look at #{Octopus.Environment.Name}',
            responsibleTeamIds: [],
            blocksOthers: false,
          },
        },
      ],
    })
  })

  it('waits for each target when it names tags', () =>
    expect(planOf([approve('web')]).plan.steps[0]?.lanes).toHaveLength(2))

  it('is required once it names responsible teams', () => {
    const { plan } = planOf(
      [
        approve('', {
          'Octopus.Action.Manual.ResponsibleTeamIds': 'Teams-1, Teams-2',
          'Octopus.Action.Manual.BlockConcurrentDeployments': 'True',
        }),
      ],
      { request: { ...request, skipActionIds: ['action-Approve'] } },
    )
    expect(plan.steps[0]).toMatchObject({
      skip: null,
      actions: [
        {
          isRequired: true,
          manual: { responsibleTeamIds: ['Teams-1', 'Teams-2'], blocksOthers: true },
        },
      ],
    })
  })
})

describe('finalizers', () => {
  const last = {
    step: {
      Properties: { 'Octopus.Action.TargetRoles': 'web', 'Slipway.Step.IsFinalizer': 'True' },
    },
  }
  const together = { StartTrigger: 'StartWithPrevious' }

  it('come after all others, in the order of the process, and get ten minutes', () => {
    const { plan } = planOf([
      step('Lock', 'web', last),
      step('One', 'web'),
      step('Two', 'web', { step: together }),
      step('Report', 'web', { step: { ...last.step, ...together } }),
      step('Three', 'web'),
    ])
    expect(
      plan.steps.map(({ name, number, group, isFinalizer }) => [name, number, group, isFinalizer]),
    ).toEqual([
      ['One', 2, 1, false],
      ['Two', 3, 1, false],
      ['Three', 5, 2, false],
      ['Lock', 1, 3, true],
      ['Report', 4, 3, true],
    ])
    expect(plan.steps.map(({ actions }) => actions[0]?.timeoutMs)).toEqual([
      0, 0, 0, 600_000, 600_000,
    ])
  })

  it('keep a time-out of their own', () => {
    const action = { Properties: { 'Octopus.Action.ExecutionTimeout.Minutes': '1' } }
    const { plan } = planOf([step('Lock', 'web', { ...last, action })])
    expect(plan.steps[0]?.actions[0]?.timeoutMs).toBe(60_000)
  })
})

describe('tenant tags', () => {
  it.each([
    { wanted: [], tenant: null, admitted: true },
    { wanted: [], tenant: ['Ring/Early'], admitted: true },
    { wanted: ['Ring/Early'], tenant: null, admitted: false },
    { wanted: ['Ring/Early'], tenant: [], admitted: false },
    { wanted: ['Ring/Early'], tenant: ['ring/early'], admitted: true },
    { wanted: ['Ring/Early', 'Ring/Late'], tenant: ['Ring/Late'], admitted: true },
    { wanted: ['Ring/Early', 'Region/EU'], tenant: ['Ring/Early'], admitted: false },
    { wanted: ['Ring/Early', 'Region/EU'], tenant: ['Ring/Early', 'Region/EU'], admitted: true },
    {
      wanted: ['Ring/Early', 'Ring/Late', 'Region/EU'],
      tenant: ['Ring/Late', 'Region/EU'],
      admitted: true,
    },
  ])('$wanted for $tenant: $admitted', ({ wanted, tenant, admitted }) =>
    expect(admitsTenant(wanted, tenant)).toBe(admitted),
  )

  it('keep a step out of a deployment without a tenant', () => {
    const { plan } = planOf([
      step('One', 'web'),
      step('Two', 'web', { action: { TenantTags: ['Ring/Early'] } }),
    ])
    expect(plan.steps[1]?.skip).toBe(
      'It runs only for tenants with the tag Ring/Early; this deployment is for none.',
    )
  })
})

describe('worker pools from variables', () => {
  const smoke = step('Smoke', '', { action: { WorkerPoolVariable: 'Pool' } })
  const other = { ...POOL, id: 'WorkerPools-2', name: 'Linux', isDefault: false }
  const settings = (value: string | null) => ({
    acquireParallelism: null,
    maxParallelism: null,
    workerPools: { 'action-Smoke': value },
    windows: {},
    timeouts: {},
  })
  const pools = [POOL, other]

  it.each([['WorkerPools-2'], ['workerpools-2'], ['linux']])('take %s', value => {
    const { plan, problem } = planOf([smoke], { pools, settings: settings(value) })
    expect(problem).toBeNull()
    expect(plan.steps[0]?.actions[0]?.poolId).toBe('WorkerPools-2')
    expect(Object.keys(plan.pools)).toEqual(['WorkerPools-2'])
  })

  it.each([
    [
      null,
      'Step Smoke takes its worker pool from the variable Pool, which has no value in Staging. Give it the value of a worker pool there.',
    ],
    [
      'WorkerPools-9',
      'Step Smoke runs on a worker of WorkerPools-9, which the variable Pool names, and there is no such worker pool. Choose from Default Worker Pool, Linux.',
    ],
  ])('say what is wrong with %s', (value, problem) =>
    expect(planOf([smoke], { pools, settings: settings(value) }).problem).toBe(problem),
  )

  it('are named when a pool has gone', () => {
    const gone = step('Smoke', '', { action: { WorkerPoolId: 'WorkerPools-7' } })
    expect(planOf([gone]).problem).toBe(
      'Step Smoke runs on a worker of WorkerPools-7, and there is no such worker pool. Choose from Default Worker Pool.',
    )
  })
})

describe('targets that are not well', () => {
  const ill: PlanTarget = { ...WEB_2, healthStatus: 'Unhealthy' }
  const away: PlanTarget = { ...WEB_2, healthStatus: 'Unavailable' }
  const bare: PlanTarget = { ...WEB_2, runnerId: null }
  const skip = { ...policy, SkipMachineBehavior: 'SkipUnavailableMachines' as const }
  const unhealthy = 'It is unhealthy, and the project leaves unhealthy targets out.'
  const unavailable = 'It is unavailable, and the project skips unavailable targets.'
  it.each([
    { what: 'unhealthy, no policy', other: ill, policy, reason: null },
    { what: 'unhealthy, skip unavailable', other: ill, policy: skip, reason: null },
    {
      what: 'unhealthy, leave unhealthy out',
      other: ill,
      policy: { ...policy, ExcludeUnhealthyTargets: true },
      reason: unhealthy,
    },
    {
      what: 'unavailable, leave unhealthy out',
      other: away,
      policy: { ...policy, ExcludeUnhealthyTargets: true },
      reason: null,
    },
    { what: 'unavailable, no policy', other: away, policy, reason: null },
    { what: 'unavailable, skip', other: away, policy: skip, reason: unavailable },
    {
      what: 'unavailable, skip only with another tag',
      other: away,
      policy: { ...skip, TargetRoles: ['green'] },
      reason: null,
    },
    {
      what: 'unavailable, skip with its tag',
      other: away,
      policy: { ...skip, TargetRoles: ['Blue'] },
      reason: unavailable,
    },
    { what: 'without a runner, no policy', other: bare, policy, reason: null },
    { what: 'without a runner, skip', other: bare, policy: skip, reason: unavailable },
  ])('$what', ({ other, policy, reason }) => {
    const { plan, problem } = planOf([step('One', 'web')], { targets: [WEB_1, other], policy })
    expect(problem).toBeNull()
    expect(plan.steps[0]?.lanes).toHaveLength(reason === null ? 2 : 1)
    expect(plan.steps[0]?.leftOut).toEqual(
      reason === null ? [] : [{ targetId: WEB_2.id, name: 'web-2', reason }],
    )
  })

  it('need no runner of their own where a worker works on their behalf', () => {
    const onBehalf = step('One', 'web', properties({}))
    const { plan } = planOf([onBehalf], { targets: [bare], policy: skip })
    expect(plan.steps[0]?.lanes).toEqual([{ targetId: WEB_2.id }])
  })

  it('leave nothing to deploy to, and every one is named', () => {
    const more: Partial<PlanInput> = {
      targets: [ill, { ...WEB_1, isDisabled: true }],
      policy: { ...policy, ExcludeUnhealthyTargets: true },
    }
    expect(planOf([step('One', 'web')], more).problem).toBe(
      `There is nothing to deploy to. None of its targets is left. web-1: It is disabled. web-2: ${unhealthy}`,
    )
  })
})

describe('without any target', () => {
  const steps = [step('Notify', ''), step('One', 'cache')]
  it('is refused, although a step would run on a worker', () =>
    expect(planOf(steps).problem).toBe(
      'There is nothing to deploy to. No enabled target in Staging has the tag cache.',
    ))
  it('is carried out when the project allows it', () => {
    const { plan, problem } = planOf(steps, {
      policy: { ...policy, AllowDeploymentsToNoTargets: true },
    })
    expect(problem).toBeNull()
    expect(plan.steps.map(({ skip }) => skip)).toEqual([
      null,
      'No enabled target in Staging has the tag cache.',
    ])
  })
  it('needs none when every step runs on workers', () =>
    expect(planOf([step('Notify', '')], { targets: [] }).problem).toBeNull())
})

describe('rolling', () => {
  it.each([
    { given: 'a window', window: '2', project: 5, expected: [2, true] },
    { given: "the project's limit", window: undefined, project: 5, expected: [5, false] },
    { given: 'nothing', window: undefined, project: null, expected: [10, false] },
    { given: 'a window of 0 in an old process', window: '0', project: null, expected: [10, false] },
  ])('with $given', ({ window, project, expected }) => {
    const more = window === undefined ? {} : { 'Octopus.Action.MaxParallelism': window }
    const one = step('One', 'web', {
      step: { Properties: { 'Octopus.Action.TargetRoles': 'web', ...more } },
    })
    const { plan } = planOf([one], {
      settings: {
        maxParallelism: project,
        acquireParallelism: null,
        workerPools: {},
        windows: {},
        timeouts: {},
      },
    })
    expect([plan.steps[0]?.window, plan.steps[0]?.isRolling]).toEqual(expected)
  })

  it('goes by the names of targets as people count', () => {
    const targets = ['web-10', 'web-2', 'Web-1'].map((name, index) =>
      target(`Machines-${index}`, name, ['web']),
    )
    const { plan } = planOf([step('One', 'web')], { targets: [...targets, DB_1] })
    const names = plan.steps[0]?.lanes.map(({ targetId }) => plan.targets[targetId ?? '']?.name)
    expect(names).toEqual(['Web-1', 'web-2', 'web-10'])
  })

  it('scopes each child step of its own', () => {
    const child = (name: string, more: object = {}) => ({
      Id: name,
      Name: name,
      ActionType: 'Octopus.Script',
      ...more,
    })
    const { plan } = planOf([
      {
        ...step('Roll', 'web'),
        Actions: [
          child('a'),
          child('b', { ExcludedEnvironments: ['Environments-1'] }),
          child('c', { IsDisabled: true }),
        ],
      },
    ])
    expect(plan.steps[0]?.skip).toBeNull()
    expect(plan.steps[0]?.actions.map(({ skip }) => skip)).toEqual([
      null,
      'It does not run in Staging.',
      'It is disabled.',
    ])
  })
})
