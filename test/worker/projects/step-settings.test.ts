import { describe, expect, it } from 'vitest'
import { FormFields } from '../../../worker/http/form.ts'
import { Problem } from '../../../worker/http/problem.ts'
import { readSteps, type Step } from '../../../worker/projects/process.ts'
import {
  childFrom,
  childValuesOf,
  kindOf,
  stepFrom,
  valuesOf,
} from '../../../worker/projects/step-form.ts'
import { type ProcessNames, stepRow } from '../../../worker/projects/step-notes.ts'

type Values = Record<string, string | string[]>

const fields = (values: Values) =>
  new FormFields(
    Object.entries(values).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    ),
  )

const script: Values = {
  name: 'Migrate the database',
  runOn: 'targets',
  targetTags: 'web',
  condition: 'Success',
  syntax: 'Bash',
  scriptBody: 'true',
}
const approval: Values = {
  name: 'Approve',
  condition: 'Success',
  instructions: 'Look at **web-1**.',
  responsibleTeams: ['Teams-1', 'Teams-2'],
  blocksOthers: 'true',
}

const read = (document: Record<string, unknown>): Step => {
  const [step] = readSteps([{ Id: 'steps-1', ...document }])
  if (!step) throw new Error('no step')
  return step
}

const made = (values: Values, kind: 'script' | 'manual' = 'script') =>
  read(stepFrom(kind, fields(values), undefined, 'feeds-builtin'))

const refusal = (run: () => unknown): Record<string, string> => {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error.detail.fields ?? {}
    throw error
  }
  return {}
}

describe('the settings of a step', () => {
  const all: Values = {
    ...script,
    runOn: 'behalf',
    workerPool: 'WorkerPools-1',
    window: '2',
    condition: 'Cancelled',
    startTrigger: 'StartWithPrevious',
    packageRequirement: 'AfterPackageAcquisition',
    isFinalizer: 'true',
    environments: ['Environments-1'],
    excludedEnvironments: ['Environments-2'],
    channels: ['Channels-1'],
    tenantTags: 'Region/Europe, Size/Large',
    isRequired: 'true',
    retries: '3',
    backoff: '30',
    timeout: '5',
    isRetrySafe: 'true',
    expectsReboot: 'true',
    reboots: '2',
  }

  it('become what the planner reads', () => {
    const step = made(all)
    expect(step).toMatchObject({
      condition: 'Cancelled',
      startTrigger: 'StartWithPrevious',
      packageRequirement: 'AfterPackageAcquisition',
      properties: {
        'Octopus.Action.TargetRoles': 'web',
        'Octopus.Action.MaxParallelism': '2',
        'Slipway.Step.IsFinalizer': 'True',
      },
    })
    expect(step.actions[0]).toMatchObject({
      workerPoolId: 'WorkerPools-1',
      isRequired: true,
      environments: ['Environments-1'],
      excludedEnvironments: ['Environments-2'],
      channels: ['Channels-1'],
      tenantTags: ['Region/Europe', 'Size/Large'],
      properties: {
        'Octopus.Action.RunOnServer': 'True',
        'Octopus.Action.AutoRetry.MaximumCount': '3',
        'Octopus.Action.AutoRetry.MinimumBackoff': '30',
        'Octopus.Action.ExecutionTimeout.Minutes': '5',
        'Slipway.Action.RetrySafe': 'True',
        'Slipway.Action.ExpectsReboot': 'True',
        'Slipway.Action.MaximumReboots': '2',
      },
    })
  })

  it('are shown as they were filled in', () => {
    const shown = valuesOf(made(all))
    for (const [name, value] of Object.entries(all)) expect(shown[name], name).toEqual(value)
  })

  it('leave nothing behind when they are taken back', () => {
    const first = stepFrom('script', fields(all), undefined, '')
    const second = read(stepFrom('script', fields(script), first, ''))
    expect(second.properties).toEqual({ 'Octopus.Action.TargetRoles': 'web' })
    expect(Object.keys(second.actions[0]?.properties ?? {})).toEqual([
      'Octopus.Action.Script.ScriptSource',
      'Octopus.Action.Script.Syntax',
      'Octopus.Action.Script.ScriptBody',
      'Octopus.Action.RunOnServer',
    ])
    expect(second.actions[0]).toMatchObject({ workerPoolId: null, channels: [], isRequired: false })
  })

  it.each([
    { field: 'window', value: '0', words: "whole number from 1 to 10000; found '0'" },
    { field: 'window', value: '-1', words: "found '-1'" },
    { field: 'window', value: 'two', words: "found 'two'" },
    { field: 'retries', value: '4', words: "retried 0 to 3 times; found '4'" },
    { field: 'backoff', value: '-5', words: "in seconds, 0 to 3600; found '-5'" },
    { field: 'backoff', value: '1e9', words: "found '1e9'" },
    { field: 'timeout', value: '-1', words: "whole minutes, 1 to 43200; found '-1'" },
    { field: 'timeout', value: '0', words: "found '0'" },
    { field: 'tenantTags', value: 'Europe', words: "written Set/Tag; found 'Europe'" },
    { field: 'targetTags', value: ' , ', words: 'needs at least one tag' },
    { field: 'condition', value: 'Variable', at: 'conditionExpression', words: 'an expression' },
  ])('refuse $value as $field, beside the field', ({ field, value, at, words }) => {
    const errors = refusal(() => made({ ...script, [field]: value }))
    expect(Object.keys(errors)).toEqual([at ?? field])
    expect(errors[at ?? field]).toContain(words)
  })

  it('take an expression for a window', () =>
    expect(made({ ...script, window: '#{Window}' }).properties).toMatchObject({
      'Octopus.Action.MaxParallelism': '#{Window}',
    }))

  it('refuse an environment that is chosen and left out', () =>
    expect(
      refusal(() =>
        made({ ...script, environments: ['E-1', 'E-2'], excludedEnvironments: ['E-2'] }),
      ),
    ).toEqual({ excludedEnvironments: 'An environment cannot be both chosen and left out.' }))

  it('refuse a pool and a variable for it at once', () =>
    expect(
      refusal(() =>
        made({ ...script, runOn: 'server', workerPool: 'WorkerPools-1', workerPoolVariable: 'P' }),
      ),
    ).toHaveProperty('workerPoolVariable'))
})

describe('a manual intervention', () => {
  it('asks teams, in Markdown, and runs nowhere', () => {
    const step = made(approval, 'manual')
    expect(kindOf(step)).toBe('manual')
    expect(step.properties).toEqual({})
    expect(step.actions[0]).toMatchObject({
      actionType: 'Octopus.Manual',
      properties: {
        'Octopus.Action.Manual.Instructions': 'Look at **web-1**.',
        'Octopus.Action.Manual.ResponsibleTeamIds': 'Teams-1,Teams-2',
        'Octopus.Action.Manual.BlockConcurrentDeployments': 'True',
      },
    })
    const shown = valuesOf(step)
    for (const [name, value] of Object.entries(approval)) expect(shown[name], name).toEqual(value)
  })

  it('says what it is about', () =>
    expect(refusal(() => made({ ...approval, instructions: ' ' }, 'manual'))).toEqual({
      instructions: 'Say what the person who is asked shall do or decide.',
    }))
})

describe('a step of several', () => {
  const step = {
    Id: 'steps-1',
    Name: 'Deploy the shop',
    Properties: { 'Octopus.Action.TargetRoles': 'web', 'Octopus.Action.MaxParallelism': '1' },
    Actions: [
      { Id: 'a', Name: 'Drain', ActionType: 'Octopus.Script', Properties: {} },
      { Id: 'b', Name: 'Swap', ActionType: 'Octopus.TentaclePackage', Properties: {} },
    ],
  }

  it('is edited without touching its children', () => {
    const values = { name: 'Deploy', targetTags: 'web, cache', window: '2', condition: 'Always' }
    const after = stepFrom('group', fields(values), step, '')
    expect(after).toMatchObject({ Name: 'Deploy', Condition: 'Always', Actions: step.Actions })
    expect(read(after).properties).toMatchObject({ 'Octopus.Action.MaxParallelism': '2' })
    expect(kindOf(read(after))).toBe('group')
  })

  it('has children with a name, a condition and work of their own', () => {
    const values: Values = {
      name: 'Warm',
      runOn: 'behalf',
      condition: 'Variable',
      conditionExpression: '#{Warm}',
      scriptBody: 'curl web-1',
      syntax: 'Bash',
      retries: '1',
    }
    const child = childFrom('script', fields(values), undefined, '')
    expect(child).toMatchObject({
      Name: 'Warm',
      Condition: 'Variable',
      Properties: {
        'Octopus.Action.ConditionVariableExpression': '#{Warm}',
        'Octopus.Action.RunOnServer': 'True',
        'Octopus.Action.AutoRetry.MaximumCount': '1',
      },
    })
    const whole = read({ ...step, Actions: [...step.Actions, { ...child, Id: 'c' }] })
    const [, , stored] = whole.actions
    if (!stored) throw new Error('no child')
    const shown = childValuesOf(whole, stored)
    for (const [name, value] of Object.entries(values)) expect(shown[name], name).toEqual(value)
  })

  it('gives a child no condition that only steps have', () =>
    expect(
      childFrom('script', fields({ ...script, condition: 'Failure' }), undefined, ''),
    ).toMatchObject({ Condition: 'Success' }))

  it.each([
    { lacks: 'name', values: { ...script, name: ' ' } },
    { lacks: 'scriptBody', values: { ...script, scriptBody: '' } },
    { lacks: 'conditionExpression', values: { ...script, condition: 'Variable' } },
    { lacks: 'timeout', values: { ...script, timeout: 'soon' } },
  ])('is told when a child lacks a good $lacks', ({ lacks, values }) =>
    expect(Object.keys(refusal(() => childFrom('script', fields(values), undefined, '')))).toEqual([
      lacks,
    ]),
  )
})

describe('the list of steps says what is unusual', () => {
  const names: ProcessNames = {
    environments: new Map([['Environments-1', 'Staging']]),
    channels: new Map(),
    pools: new Map([['WorkerPools-1', 'Linux']]),
    teams: new Map([['Teams-1', 'Operations']]),
  }

  it.each<[string, Step, object]>([
    [
      'a script on targets',
      made(script),
      { place: '', notes: [], condition: 'if everything before succeeded', children: [] },
    ],
    [
      'a script on a worker for each target',
      made({ ...script, runOn: 'behalf', workerPool: 'WorkerPools-1', window: '2' }),
      { place: 'for each, on a worker of Linux, at most 2 at once' },
    ],
    [
      'a script on a worker',
      made({ ...script, runOn: 'server', workerPoolVariable: 'Pool' }),
      { place: 'Once, on a worker of the pool in Pool', targetTags: [] },
    ],
    [
      'a patient finalizer for one environment',
      made({
        ...script,
        isFinalizer: 'true',
        environments: ['Environments-1'],
        retries: '1',
        timeout: '5',
        isRetrySafe: 'true',
      }),
      {
        notes: [
          'finalizer: at the very end, whatever happened',
          'only in Staging',
          '1 retry',
          'at most 5 min',
          'safe to repeat',
        ],
      },
    ],
    [
      'a question to a team, and one that is gone',
      made(approval, 'manual'),
      { notes: ['asks Operations, Teams-2'], summary: 'Look at **web-1**.', place: '' },
    ],
  ])('%s', (_, step, expected) => expect(stepRow(step, 0, names)).toMatchObject(expected))
})
