import { describe, expect, it } from 'vitest'
import { treeOf } from '../../../worker/deployments/details.ts'
import { beginExecution } from '../../../worker/deployments/execution-state.ts'
import { isAcquisition } from '../../../worker/deployments/plan-acquisition.ts'
import { progressVariables } from '../../../worker/deployments/progress-variables.ts'
import { DB_1, POOL, planOf, step, target, WEB_1, WEB_2 } from './process.ts'
import { Stage } from './stage.ts'

const SHOP_WEB = { Id: 'p', Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin' }
const action = (more: object = {}) => ({ action: { Packages: [SHOP_WEB], ...more } })
const deploy = (name = 'Deploy', tags = 'web', more: object = {}) =>
  step(name, tags, { ...action(), ...more })
const require = (PackageRequirement: string, more: object = {}) => ({
  step: { PackageRequirement, ...more },
})
const together = { step: { StartTrigger: 'StartWithPrevious' } }

/** In which order what is done: steps of one group stand together. */
const order = (...steps: Parameters<typeof planOf>[0]) => {
  const { plan } = planOf(steps)
  return [...Map.groupBy(plan.steps, ({ group }) => group).values()].map(group =>
    group.map(({ name }) => name).join(' + '),
  )
}

describe('packages are acquired', () => {
  it.each([
    {
      when: 'just before the first step that needs some',
      steps: [step('Free disk', 'web'), deploy(), step('Warm', 'web')],
      is: ['Free disk', 'Acquire packages', 'Deploy', 'Warm'],
    },
    {
      when: 'once, however many steps need some',
      steps: [deploy('Deploy'), deploy('Deploy db', 'db')],
      is: ['Acquire packages', 'Deploy', 'Deploy db'],
    },
    {
      when: 'after a step that wants to run before',
      steps: [step('Free disk', 'web', require('BeforePackageAcquisition')), deploy()],
      is: ['Free disk', 'Acquire packages', 'Deploy'],
    },
    {
      when: 'before a step that wants to run after',
      steps: [
        step('Free disk', 'web'),
        step('Stop the shop', 'web', require('AfterPackageAcquisition')),
        deploy(),
      ],
      is: ['Free disk', 'Acquire packages', 'Stop the shop', 'Deploy'],
    },
    {
      when: 'before a whole group of which one step needs some',
      steps: [
        step('One', 'web'),
        step('Two', 'web'),
        deploy('Three', 'web', { ...action(), ...together }),
      ],
      is: ['One', 'Acquire packages', 'Two + Three'],
    },
    {
      when: 'also for finalizers, though not for them alone',
      steps: [
        deploy('Last', 'web', { ...action(), step: { Properties: finalizer() } }),
        step('One', 'web'),
      ],
      is: ['One', 'Last'],
    },
    {
      when: 'not for steps on workers, which fetch their own',
      steps: [
        step('Build', '', {
          action: { ...action().action, Properties: { 'Octopus.Action.RunOnServer': 'true' } },
        }),
      ],
      is: ['Build'],
    },
    {
      when: 'not for packages of which only the name is wanted',
      steps: [
        deploy(
          'Deploy',
          'web',
          action({ Packages: [{ ...SHOP_WEB, AcquisitionLocation: 'NotAcquired' }] }),
        ),
      ],
      is: ['Deploy'],
    },
    {
      when: 'not for disabled steps',
      steps: [deploy('Deploy', 'web', action({ IsDisabled: true })), step('One', 'web')],
      is: ['Deploy', 'One'],
    },
    {
      when: 'not because a step wants to run after what does not happen',
      steps: [step('One', 'web', require('AfterPackageAcquisition'))],
      is: ['One'],
    },
  ])('$when', ({ steps, is }) => expect(order(...steps)).toEqual(is))

  it('on every target that a step will need them on, in the order of their names', () => {
    const web10 = target('Machines-9', 'web-10', ['web'])
    const { plan } = planOf(
      [
        deploy('Deploy db', 'db'),
        deploy(),
        step('Warm', 'cache'),
        deploy('Last', 'late', { ...action(), step: { Properties: finalizer('late') } }),
      ],
      {
        targets: [
          web10,
          WEB_2,
          WEB_1,
          DB_1,
          target('Machines-5', 'cache-1', ['cache']),
          target('Machines-6', 'late-1', ['late']),
        ],
      },
    )
    const acquisition = plan.steps.find(isAcquisition)
    expect(acquisition?.lanes.map(({ targetId }) => plan.targets[targetId ?? '']?.name)).toEqual([
      'db-1',
      'late-1',
      'web-1',
      'web-2',
      'web-10',
    ])
  })

  it.each([
    { limit: null, window: 10 },
    { limit: 2, window: 2 },
  ])(
    'on $window targets at once when Octopus.Acquire.MaxParallelism is $limit',
    ({ limit, window }) => {
      const settings = {
        maxParallelism: 1,
        acquireParallelism: limit,
        workerPools: {},
        windows: {},
        timeouts: {},
      }
      const { plan } = planOf([deploy()], { settings, pools: [POOL] })
      expect(plan.steps.find(isAcquisition)).toMatchObject({ window, isRolling: false })
    },
  )

  it('without a number: those of the process stay, in the log and in variables', () => {
    const { plan } = planOf([step('Free disk', 'web'), deploy()])
    expect(plan.steps.map(({ number }) => number)).toEqual([1, 0, 2])
    const execution = beginExecution('Deployments-1', plan, 0)
    const tree = treeOf(execution, {
      task: { id: 'ServerTasks-1', description: 'Deploy Shop', queuedAt: 0, concurrencyKey: 'k' },
    })
    expect(tree.children.map(({ node, name }) => `${node} ${name}`)).toEqual([
      '1 Step 1: Free disk',
      '0 Acquire packages',
      '2 Step 2: Deploy',
    ])
    const names = progressVariables(execution, {
      specificMachineIds: [],
      excludedMachineIds: [],
    }).map(([name]) => name)
    expect(names).toContain('Octopus.Step[Deploy].Status.Code')
    expect(names.filter(name => name.includes('Acquire'))).toEqual([])
  })
})

describe('when packages cannot be had on one target', () => {
  const process = [deploy(), step('Tell', 'web', { step: { Condition: 'Failure' } })]

  it('the deployment fails before any step that needs them has begun anywhere', () => {
    const stage = new Stage(process)
    stage.offer()
    stage.claim(1)
    stage.claim(2)
    stage.complete(1)
    stage.complete(2, 'failed')
    expect(stage.state.error).toBe('Acquire packages failed on web-2: exit code 3')
    expect(stage.statuses).toEqual(['Failed', 'Skipped', 'Running'])
    stage.finishAll()
    expect(stage.state).toMatchObject({ status: 'Failed', conclusion: 'handled' })
  })

  it('a person may go on without the target', () => {
    const stage = new Stage([deploy()], undefined, { guidedFailure: true })
    stage.offer()
    stage.claim(1)
    stage.claim(2)
    stage.complete(1)
    stage.complete(2, 'failed')
    expect(stage.pending[0]?.choices).toEqual(['Fail', 'Retry', 'Ignore', 'ExcludeMachine'])
    stage.answer('ExcludeMachine')
    stage.finishAll()
    expect(stage.state.status).toBe('Success')
    expect(stage.lanes).toEqual([
      ['Success', 'Skipped'],
      ['Success', 'Skipped'],
    ])
  })

  it('nobody is asked when nothing is known of its end: fetching twice does no harm', () => {
    const stage = new Stage([deploy('Deploy', 'db')])
    stage.offer()
    stage.claim(1)
    stage.complete(1, 'unknown')
    expect(stage.pending).toEqual([])
    expect(stage.states).toEqual(['Unknown', 'Pending'])
  })
})

function finalizer(tags = 'web') {
  return { 'Octopus.Action.TargetRoles': tags, 'Slipway.Step.IsFinalizer': 'True' }
}
