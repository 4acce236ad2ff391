import { describe, expect, it } from 'vitest'
import { beginExecution, type Execution } from '../../../worker/deployments/execution-state.ts'
import type { Inputs, Secrets } from '../../../worker/deployments/inputs.ts'
import {
  grantFor,
  type Manifest,
  oracleOf,
  variablesAt,
} from '../../../worker/deployments/manifest.ts'
import { readSteps } from '../../../worker/projects/process.ts'
import { indexByName, type ScopedVariable } from '../../../worker/variables/precedence.ts'
import { withAnswers } from '../../../worker/variables/prompts.ts'
import { planOf, step } from './process.ts'

const PUBLISH = step('Publish', 'web', {
  action: {
    Properties: { 'Octopus.Action.Script.ScriptBody': 'echo', Password: { Sealed: 'v1.x.y' } },
    Packages: [
      { Id: 'p', Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin', Properties: {} },
      { Id: 'q', Name: 'Tools', PackageId: 'Tools', AcquisitionLocation: 'NotAcquired' },
    ],
  },
})
const ASK = step('Ask', 'web', {
  step: {
    Condition: 'Variable',
    Properties: {
      'Octopus.Action.TargetRoles': 'web',
      'Octopus.Step.ConditionVariableExpression': '#{if Greeting == "hello"}True#{/if}',
    },
  },
})

const variable = (id: string, name: string, value: string, more: Partial<ScopedVariable> = {}) => ({
  id,
  name,
  value,
  isSensitive: false,
  type: 'String',
  scope: {},
  source: 'project' as const,
  setId: 'variableset-Projects-1',
  ...more,
})

const selected = (name: string, id: string) => ({
  ActionName: 'Publish',
  PackageReferenceName: name,
  PackageId: id,
  Version: '1.2.3',
  Sha256: 'a'.repeat(64),
  Extension: '.zip',
  SizeBytes: 7,
})

const inputs = {
  id: 'Deployments-1',
  name: 'Deploy to Staging',
  comments: '',
  createdAt: 0,
  deployedBy: 'Ada',
  deployedById: 'Users-1',
  task: { id: 'ServerTasks-1', description: 'Deploy Shop', queuedAt: 0, concurrencyKey: 'k' },
  space: { id: 'Spaces-1', name: 'Default' },
  project: { id: 'Projects-1', name: 'Shop', slug: 'shop', groupId: 'g', groupName: 'All' },
  environment: { id: 'Environments-1', name: 'Staging', sortOrder: 0 },
  channel: { id: 'Channels-1', name: 'Default' },
  release: { id: 'Releases-1', version: '1.2.3', notes: '', assembledAt: 0 },
  packages: [selected('', 'Shop.Web'), selected('Tools', 'Tools')],
  variableSnapshotId: 's',
  previous: null,
  request: {
    skipActionIds: [],
    specificMachineIds: [],
    excludedMachineIds: [],
    forcePackageDownload: false,
    useGuidedFailure: null,
  },
  guidedFailure: false,
  resumedFrom: null,
  sharesTargets: false,
  hostnames: { 'Machines-1': 'web-1.shop.test' },
} satisfies Inputs

const manifestOf = (
  variables: ScopedVariable[],
  more: Partial<Secrets> = {},
  outputs: Manifest['outputs'] = [],
): Manifest => ({
  inputs,
  outputs,
  publicUrl: 'https://slipway.shop.test',
  secrets: {
    steps: readSteps([PUBLISH, ASK]),
    variables: indexByName(variables),
    sealed: new Map([['action-Publish|Password', 'hunter2']]),
    ...more,
  },
})
const execution: Execution = beginExecution('Deployments-1', planOf([PUBLISH, ASK]).plan, 0)
/** Packages are fetched first: by no step of the process. */
const [ACQUIRING, PUBLISHING, ASKING] = [0, 1, 2]
const valuesAt = (manifest: Manifest, place = { step: PUBLISHING, lane: 0, action: 0 }) =>
  Object.fromEntries(
    variablesAt(manifest, execution, place).map(({ name, value }) => [name, value]),
  )

describe('the variables of a place', () => {
  it('are the winners for this target and step, with what the system says', () => {
    const manifest = manifestOf([
      variable('Variables-1', 'Greeting', 'hello'),
      variable('Variables-2', 'Greeting', 'good day', { scope: { machine: ['Machines-1'] } }),
    ])
    expect(valuesAt(manifest)).toMatchObject({
      Greeting: 'good day',
      'Octopus.Machine.Name': 'web-1',
      'Octopus.Machine.Hostname': 'web-1.shop.test',
      'Octopus.Environment.Name': 'Staging',
      'Octopus.Environment.MachinesInRole[web]': 'Machines-2,Machines-1',
      'Octopus.Release.Number': '1.2.3',
      'Octopus.Action.Name': 'Publish',
      'Octopus.Action.Package.PackageVersion': '1.2.3',
      'Octopus.Action[Publish].Package[Tools].PackageId': 'Tools',
      'Octopus.Step[Publish].Status.Code': 'Pending',
    })
    expect(valuesAt(manifest, { step: PUBLISHING, lane: 1, action: 0 })).toMatchObject({
      Greeting: 'hello',
    })
  })

  it('let answers to prompts win, and nobody name the system’s own', () => {
    const manifest = manifestOf(
      withAnswers(
        [
          variable('Variables-1', 'Greeting', 'hello'),
          variable('Variables-3', 'Greeting', 'web-1', { scope: { machine: ['Machines-1'] } }),
          variable('Variables-2', 'octopus.release.number', '9.9.9'),
          variable('Variables-4', 'Octopus.Release.Previous.Number', '8.8.8'),
        ],
        new Map([['Variables-1', { value: 'hi', isSensitive: false }]]),
      ),
    )
    const values = valuesAt(manifest)
    expect(values.Greeting).toBe('hi')
    expect(values['Octopus.Release.Previous.Number']).toBeUndefined()
    expect(values['octopus.release.number']).toBeUndefined()
    expect(values['Octopus.Release.Number']).toBe('1.2.3')
  })

  it('carry outputs of earlier steps: of this target by the short name, of all by the long', () => {
    const output = (machine: string, value: string) => ({
      actionName: 'Build',
      machine: { id: machine, name: machine },
      outputs: [{ name: 'Port', value, sensitive: false }],
    })
    const manifest = manifestOf([], {}, [output('Machines-1', '81'), output('Machines-2', '82')])
    expect(valuesAt(manifest)).toMatchObject({
      'Octopus.Action[Build].Output.Port': '81',
      'Octopus.Action[Build].Output[Machines-1].Port': '81',
      'Octopus.Action[Build].Output[Machines-2].Port': '82',
    })
  })

  it('mark what is secret', () => {
    const manifest = manifestOf([variable('Variables-1', 'Key', 'canary', { isSensitive: true })])
    const secret = variablesAt(manifest, execution, {
      step: PUBLISHING,
      lane: 0,
      action: 0,
    }).filter(({ sensitive }) => sensitive)
    expect(secret).toEqual([
      { name: 'Password', value: 'hunter2', sensitive: true },
      { name: 'Key', value: 'canary', sensitive: true },
    ])
  })
})

describe('a grant', () => {
  it('has the properties of the action and the packages that travel to the target', () => {
    const attempt = { number: 1, step: PUBLISHING, lane: 0, action: 0, fence: 4 }
    const grant = grantFor(manifestOf([]), execution, attempt as never, {
      outputsKey: 'key',
      logIntervalMs: 1_000,
    })
    expect(grant).toMatchObject({ attempt: 'Deployments-1:1', fence: 4, stepName: 'Publish' })
    expect(grant.properties).toEqual({
      'Octopus.Action.TargetRoles': 'web',
      'Octopus.Action.Script.ScriptBody': 'echo',
    })
    expect(grant.packages).toEqual([
      {
        name: '',
        packageId: 'Shop.Web',
        version: '1.2.3',
        extension: '.zip',
        sha256: 'a'.repeat(64),
        sizeBytes: 7,
        extract: true,
      },
    ])
  })

  it('says how many restarts of its host the step is to outlive, if any', () => {
    const attempt = { number: 1, step: PUBLISHING, lane: 0, action: 0, fence: 4 } as never
    const keys = { outputsKey: 'key', logIntervalMs: 1_000 }
    const plan = structuredClone(execution.plan)
    const [action] = plan.steps[PUBLISHING]?.actions ?? []
    Object.assign(action ?? {}, { maximumReboots: 2 })
    const declared = grantFor(manifestOf([]), { ...execution, plan }, attempt, keys)
    expect(declared.maximumReboots).toBe(2)
    expect(grantFor(manifestOf([]), execution, attempt, keys)).not.toHaveProperty('maximumReboots')
  })

  const grantAt = (step: number, forcePackageDownload = false) => {
    const manifest = manifestOf([
      variable('Variables-1', 'Password', 'hunter22', { isSensitive: true }),
      variable('Variables-2', 'OctopusPrintVariables', 'True'),
    ])
    const request = { ...inputs.request, forcePackageDownload }
    const attempt = { number: 1, step, lane: 0, action: 0, fence: 4 } as never
    const keys = { outputsKey: 'key', logIntervalMs: 1_000 }
    return grantFor({ ...manifest, inputs: { ...inputs, request } }, execution, attempt, keys)
  }

  it('of packages alone has all that the target will need, and no value of the project', () => {
    const grant = grantAt(ACQUIRING)
    expect(grant.packages.map(({ packageId }) => packageId)).toEqual(['Shop.Web'])
    const names = grant.variables.map(({ name }) => name)
    expect(names).toContain('OctopusPrintVariables')
    expect(names).not.toContain('Password')
  })

  it.each([
    { forced: false, step: ACQUIRING, fetchAnew: undefined },
    { forced: true, step: ACQUIRING, fetchAnew: true },
    { forced: true, step: PUBLISHING, fetchAnew: undefined },
  ])('asks for packages anew once, when that is forced: $forced, step $step', row =>
    expect(grantAt(row.step, row.forced).fetchAnew).toBe(row.fetchAnew),
  )
})

describe('a condition', () => {
  it.each([
    ['hello', { holds: true, why: null }],
    ['good day', { holds: false, why: null }],
  ])('is asked with the variables of its step: %s', (value, answer) => {
    const oracle = oracleOf(manifestOf([variable('Variables-1', 'Greeting', value)]))
    expect(oracle.holds(execution, { step: ASKING, lane: null, action: null })).toEqual(answer)
  })

  it.each([
    ['#{Unknown}', '#{Unknown} could not be resolved.'],
    ['#{if a ==}True#{/if}', 'its expression is not valid: Line 1, column 10'],
    ['', 'it has no expression.'],
  ])('does not hold when it cannot be evaluated wholly, and says why: %s', (expression, why) => {
    const broken = step('Ask', 'web', {
      step: {
        Condition: 'Variable',
        Properties: {
          'Octopus.Action.TargetRoles': 'web',
          'Octopus.Step.ConditionVariableExpression': expression,
        },
      },
    })
    const asked = beginExecution('Deployments-1', planOf([broken]).plan, 0)
    const at = { step: 0, lane: null, action: null }
    expect(oracleOf(manifestOf([])).holds(asked, at)).toEqual({
      holds: false,
      why: expect.stringContaining(why),
    })
  })
})

describe('instructions', () => {
  it('are evaluated where they are shown, without secrets', () => {
    const secret = { ...variable('Variables-2', 'Password', 'hunter22'), isSensitive: true }
    const oracle = oracleOf(manifestOf([variable('Variables-1', 'Greeting', 'hello'), secret]))
    const at = { step: PUBLISHING, lane: 0, action: 0 }
    const text = 'Say #{Greeting} in #{Octopus.Environment.Name}: #{Password}, #{None}'
    expect(oracle.text(execution, at, text)).toBe('Say hello in Staging: ********, #{None}')
  })
})
