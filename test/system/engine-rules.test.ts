import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiClient, type Json, rawLog, taskEnd } from '../support/api.ts'
import { type Product, startProduct } from '../support/product.ts'
import { type RunnerProcess, startRunner } from '../support/runner.ts'

const S = '/api/Spaces-1'
const PATIENCE_MS = 60_000

let product: Product
let api: Api
let folder: string
let staging: string
let lifecycle: Json
let group: Json
const runners: RunnerProcess[] = []
let count = 0

beforeAll(async () => {
  product = await startProduct()
  api = apiClient(product.url, product.apiKey)
  folder = await mkdtemp(join(tmpdir(), 'slipway-rules-'))
  staging = (await api.post(`${S}/environments`, { Name: 'Staging' })).Id
  lifecycle = await api.post(`${S}/lifecycles`, {
    Name: 'Anywhere',
    Phases: [{ Name: 'All', OptionalDeploymentTargets: [staging] }],
  })
  const groups = await api.get(`${S}/projectgroups/all`)
  group = groups[0]
  for (const name of ['web-1', 'web-2'])
    runners.push(
      await startRunner(api, {
        name,
        tags: name === 'web-1' ? ['web', 'first'] : ['web'],
        environmentIds: [staging],
      }),
    )
})

afterAll(async () => {
  for (const runner of runners) await runner.stop()
  await product?.stop()
  await rm(folder, { recursive: true, force: true })
})

type Properties = Record<string, string>
type Wire = {
  script?: string
  action?: object
  properties?: Properties
  step?: Json
  tags?: string
}

const action = (name: string, script: string, properties: Properties = {}, more: object = {}) => ({
  Name: name,
  ActionType: 'Octopus.Script',
  Properties: {
    'Octopus.Action.Script.ScriptSource': 'Inline',
    'Octopus.Action.Script.Syntax': 'Bash',
    'Octopus.Action.Script.ScriptBody': script,
    ...properties,
  },
  ...more,
})

const step = (name: string, script: string, { properties, step, tags = 'first' }: Wire = {}) => ({
  Name: name,
  ...step,
  Properties: { 'Octopus.Action.TargetRoles': tags, ...step?.Properties },
  Actions: [action(name, script, properties)],
})

const approve = (properties: Properties = {}) => ({
  Name: 'Approve',
  Properties: {},
  Actions: [
    {
      Name: 'Approve',
      ActionType: 'Octopus.Manual',
      Properties: {
        'Octopus.Action.Manual.Instructions': 'Look at #{Octopus.Release.Number}',
        ...properties,
      },
    },
  ],
})

/** A project of its own with one release, deployed to Staging. */
const deploy = async (steps: Json[], more: object = {}) => {
  const Name = `Shop ${++count}`
  const project = await api.post(`${S}/projects`, {
    Name,
    LifecycleId: lifecycle.Id,
    ProjectGroupId: group.Id,
  })
  const path = `${S}/projects/${project.Id}/deploymentprocesses`
  await api.put(path, { ...(await api.get(path)), Steps: steps })
  await api.post(`${S}/releases/create/v1`, { ProjectName: Name, ReleaseVersion: '1.0.0' })
  return again(Name, more)
}

const again = async (ProjectName: string, more: object = {}) => {
  const { DeploymentServerTasks } = await api.post(`${S}/deployments/create/untenanted/v1`, {
    ProjectName,
    ReleaseVersion: '1.0.0',
    EnvironmentNames: ['Staging'],
    ...more,
  })
  const { ServerTaskId: taskId, DeploymentId: deploymentId } = DeploymentServerTasks[0]
  return { taskId: taskId as string, deploymentId: deploymentId as string, project: ProjectName }
}

const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`there was never ${what}`)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
}

const asked = (taskId: string): Promise<Json> =>
  until(`a question of ${taskId}`, async () => {
    const { Items } = await api.get(`${S}/interruptions?regarding=${taskId}&pendingOnly=true`)
    return Items[0]
  })

const answer = async (question: Json, choice: string, Notes = '') => {
  await api.put(`${S}/interruptions/${question.Id}/responsible`, {})
  const field = question.Type === 'ManualIntervention' ? 'Result' : 'Guidance'
  return api.post(`${S}/interruptions/${question.Id}/submit`, { [field]: choice, Notes })
}

const linesOf = async (taskId: string) => (await rawLog(api, taskId)).split('\n')
const said = async (taskId: string, text: string) =>
  (await linesOf(taskId)).filter(
    line => line.trimEnd().endsWith(`|        ${text}`) || line.includes(` ${text}`),
  )

describe('a failure under guided failure', () => {
  it('waits for a person, who has it tried again', async () => {
    const flag = join(folder, 'fixed')
    const { taskId } = await deploy(
      [
        step('Publish', `[ -e "${flag}" ] || { echo "not yet"; exit 3; }; echo published`),
        step('After', 'echo after'),
      ],
      { UseGuidedFailure: true },
    )
    const question = await asked(taskId)
    expect(question).toMatchObject({ Type: 'GuidedFailure', Title: 'Publish failed on web-1' })
    expect(await api.get(`/api/tasks/${taskId}`)).toMatchObject({
      State: 'Executing',
      HasPendingInterruptions: true,
    })
    await writeFile(flag, '')
    await answer(question, 'Retry')
    expect(await taskEnd(api, taskId)).toMatchObject({ State: 'Success', ErrorMessage: '' })
    const log = await rawLog(api, taskId)
    expect(log).toContain('not yet')
    expect(log).toContain('published')
    const { Items } = await api.get(`${S}/events?regarding=${taskId}`)
    const kinds = Items.map((each: Json) => each.Category)
    for (const kind of ['InterruptionRaised', 'InterruptionTaken', 'InterruptionSubmitted'])
      expect(kinds.filter((each: string) => each === kind)).toHaveLength(1)
  })

  it('goes on without a target that is taken out', async () => {
    const { taskId } = await deploy(
      [
        step(
          'Publish',
          '[ "#{Octopus.Machine.Name}" = web-1 ] && exit 4; echo "on #{Octopus.Machine.Name}"',
          {
            tags: 'web',
          },
        ),
        step('After', 'echo "after on #{Octopus.Machine.Name}"', { tags: 'web' }),
      ],
      { UseGuidedFailure: true },
    )
    await answer(await asked(taskId), 'ExcludeMachine')
    expect(await taskEnd(api, taskId)).toMatchObject({ State: 'Success' })
    const log = await rawLog(api, taskId)
    expect(log).toContain('after on web-2')
    expect(log).not.toContain('after on web-1')
  })
})

describe('a manual step', () => {
  it('shows its instructions, lets others deploy meanwhile, and gives its answer to later steps', async () => {
    const steps = [
      approve(),
      step(
        'Say',
        'echo "#{Octopus.Action[Approve].Output.Manual.Notes} by #{Octopus.Action[Approve].Output.Manual.ResponsibleUser.Username}"',
      ),
    ]
    const first = await deploy(steps)
    const question = await asked(first.taskId)
    expect(question.Type).toBe('ManualIntervention')
    expect(JSON.stringify(question.Form)).toContain('Look at 1.0.0')
    const second = await again(first.project)
    await answer(await asked(second.taskId), 'Proceed', 'second')
    expect(await taskEnd(api, second.taskId)).toMatchObject({ State: 'Success' })
    await answer(question, 'Proceed', 'first')
    expect(await taskEnd(api, first.taskId)).toMatchObject({ State: 'Success' })
    expect(await rawLog(api, first.taskId)).toMatch(/first by \S+/)
    expect(await rawLog(api, second.taskId)).toMatch(/second by \S+/)
  })

  it('fails the deployment when it is aborted, and steps for failures run', async () => {
    const { taskId } = await deploy([
      approve(),
      step('Never', 'echo never'),
      step('Mourn', 'echo mourning: #{Octopus.Deployment.Error}', {
        step: { Condition: 'Failure' },
      }),
    ])
    const question = await asked(taskId)
    await answer(question, 'Abort', 'not today')
    const task = await taskEnd(api, taskId)
    expect(task).toMatchObject({ State: 'Failed' })
    expect(task.ErrorMessage).toMatch(/^Step 1 \(Approve\) failed: .* aborted: not today$/)
    const log = await rawLog(api, taskId)
    expect(log).toMatch(/mourning: Step 1 \(Approve\) failed/)
    expect(log).not.toContain('| never')
  })
})

describe('a step', () => {
  it('is tried again by itself', async () => {
    const tries = join(folder, 'tries')
    const { taskId } = await deploy([
      step(
        'Publish',
        `echo x >> "${tries}"; [ "$(wc -l < "${tries}")" -ge 3 ] || exit 5; echo done`,
        {
          properties: {
            'Octopus.Action.AutoRetry.MaximumCount': '3',
            'Octopus.Action.AutoRetry.MinimumBackoff': '1',
          },
        },
      ),
    ])
    expect(await taskEnd(api, taskId)).toMatchObject({ State: 'Success' })
    expect(await readFile(tries, 'utf8')).toBe('x\nx\nx\n')
    expect(await rawLog(api, taskId)).toContain('It is tried again in 2 seconds (2 of 3).')
  })

  it('that takes too long is ended, and the reason says so', async () => {
    const { taskId } = await deploy([
      step('Publish', 'echo begun; sleep 300', {
        properties: { 'Octopus.Action.ExecutionTimeout.Minutes': '0.05' },
      }),
    ])
    const task = await taskEnd(api, taskId)
    expect(task).toMatchObject({ State: 'Failed' })
    expect(task.ErrorMessage).toBe(
      'Step 1 (Publish) failed on web-1: It did not end within 3 seconds',
    )
  })

  it('with several actions goes from target to target, each through all of them', async () => {
    const { taskId } = await deploy([
      {
        Name: 'Roll',
        Properties: {
          'Octopus.Action.TargetRoles': 'web',
          'Octopus.Action.MaxParallelism': '1',
        },
        Actions: [
          action(
            'Drain',
            'echo "drain #{Octopus.Machine.Name}"; set_octopusvariable Where "#{Octopus.Machine.Name}"',
          ),
          action('Fill', 'echo "fill #{Octopus.Action[Drain].Output.Where}"'),
          action(
            'Only first',
            'echo "first #{Octopus.Machine.Name}"',
            {
              'Octopus.Action.ConditionVariableExpression':
                '#{if Octopus.Machine.Name == "web-1"}True#{/if}',
            },
            { Condition: 'Variable' },
          ),
        ],
      },
    ])
    expect(await taskEnd(api, taskId)).toMatchObject({ State: 'Success' })
    const log = await rawLog(api, taskId)
    for (const text of ['drain web-1', 'fill web-1', 'first web-1', 'drain web-2', 'fill web-2'])
      expect(log).toContain(text)
    expect(log).not.toContain('first web-2')
  })
})

describe('a cancellation', () => {
  it('runs the steps meant for it and finalizers, and nothing else', async () => {
    const { taskId } = await deploy([
      step('Wait', 'echo waiting; sleep 300'),
      step('Never', 'echo never ran', { step: { Condition: 'Always' } }),
      step('Tell', 'echo "told after cancel"', { step: { Condition: 'Cancelled' } }),
      step('Clean up', 'echo "cleaned up"', {
        step: { Properties: { 'Slipway.Step.IsFinalizer': 'True' } },
      }),
    ])
    await until('output', async () =>
      (await said(taskId, 'waiting')).length > 0 ? true : undefined,
    )
    await api.post(`/api/tasks/${taskId}/cancel`)
    expect(await taskEnd(api, taskId)).toMatchObject({ State: 'Canceled' })
    const log = await rawLog(api, taskId)
    expect(log).toContain('told after cancel')
    expect(log).toContain('cleaned up')
    expect(log).not.toContain('never ran')
  })
})

describe('a failed deployment', () => {
  it('is gone on with where it failed, with the outputs of what need not be done again', async () => {
    const flag = join(folder, 'resumed')
    const builds = join(folder, 'builds')
    const first = await deploy([
      step(
        'Build',
        `echo x >> "${builds}"; set_octopusvariable Secret hunter22 -sensitive; set_octopusvariable Number 7`,
      ),
      step(
        'Publish',
        `echo "on #{Octopus.Machine.Name}" >> "${builds}"; [ -e "${flag}" ] || [ "#{Octopus.Machine.Name}" = web-1 ] || exit 6`,
        {
          tags: 'web',
        },
      ),
      step(
        'Say',
        'echo "number #{Octopus.Action[Build].Output.Number}, secret #{Octopus.Action[Build].Output.Secret}"',
      ),
    ])
    expect(await taskEnd(api, first.taskId)).toMatchObject({ State: 'Failed' })
    await writeFile(flag, '')
    const resumed = await api.post(`${S}/deployments/${first.deploymentId}/resume`, {})
    const { TaskId } = resumed
    expect(await taskEnd(api, TaskId)).toMatchObject({ State: 'Success' })
    const log = await rawLog(api, TaskId)
    expect(log).toContain(`Kept from ${first.deploymentId}.`)
    expect(log).toContain('number 7, secret ********')
    const done = (await readFile(builds, 'utf8')).trim().split('\n').sort()
    expect(done).toEqual(['on web-1', 'on web-2', 'on web-2', 'x'])
  })
})
