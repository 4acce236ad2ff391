import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bash, type Engine, startEngine } from './engine.ts'

vi.setConfig({ testTimeout: 30_000 })

let engine: Engine

beforeAll(async () => {
  engine = await startEngine()
  await engine.runner('web-1', ['web', 'first'])
  await engine.runner('web-2', ['web'])
}, 60_000)
afterAll(() => engine?.stop())

const deploy = async (...args: Parameters<Engine['deployment']>) => {
  const id = await engine.deployment(...args)
  expect(await engine.post(`/deeds/${id}/start`)).toEqual({ type: 'started' })
  return { id, ...(await engine.end(id)) }
}
const taskOf = async (id: string) =>
  (await engine.sql('SELECT * FROM tasks WHERE deployment_id = ?', id))[0]
const onWeb1 = { stepProperties: { 'Octopus.Action.TargetRoles': 'first' } }

describe('a deployment onto real runners', () => {
  it('runs its steps in order, each on all targets with its tags', async () => {
    const { state, texts } = await deploy([
      bash('Build', 'echo one', onWeb1),
      bash('Publish', 'echo "two on $(get_octopusvariable Octopus.Machine.Name)"'),
    ])
    expect(state).toBe('Success')
    const said = texts.filter(text => /^(one|two)/.test(text))
    expect(said[0]).toBe('one')
    expect(said.slice(1).sort()).toEqual(['two on web-1', 'two on web-2'])
  })

  it('gives each step the variables of its place, and later steps the outputs of earlier ones', async () => {
    const variable = (id: string, value: string, scope: object) => ({
      id,
      name: 'Greeting',
      value,
      isSensitive: false,
      type: 'String',
      description: '',
      scope,
      prompt: null,
    })
    const { texts } = await deploy(
      [
        bash('Number', 'set_octopusvariable Answer 42', onWeb1),
        bash(
          'Say',
          'echo "$(get_octopusvariable Greeting) #{Octopus.Action[Number].Output.Answer}"',
        ),
      ],
      [
        variable('Variables-1', 'hello', {}),
        variable('Variables-2', 'good day', { Role: ['first'] }),
      ],
    )
    expect(texts.filter(text => text.endsWith('42')).sort()).toEqual(['good day 42', 'hello 42'])
  })

  it('keeps what a step has set, also when it fails afterwards', async () => {
    const { state, texts } = await deploy([
      bash('Number', 'set_octopusvariable Answer 42\nexit 3', onWeb1),
      bash('Say', 'echo "it said #{Octopus.Action[Number].Output.Answer}"', {
        Condition: 'Failure',
        ...onWeb1,
      }),
    ])
    expect(state).toBe('Failed')
    expect(texts).toContain('it said 42')
  })

  it('fails with the reason, runs failure steps, skips the others and tells everybody', async () => {
    const { id, state, texts } = await deploy([
      bash('Break', 'echo oh; exit 3', onWeb1),
      bash('Publish', 'echo never'),
      bash('Mourn', 'echo mourning', { ...onWeb1, Condition: 'Failure' }),
      bash('Expression', 'echo expressed', {
        ...onWeb1,
        Condition: 'Variable',
        stepProperties: {
          'Octopus.Action.TargetRoles': 'first',
          'Octopus.Step.ConditionVariableExpression': '#{if Octopus.Deployment.Error}True#{/if}',
        },
      }),
    ])
    expect(state).toBe('Failed')
    expect(texts).toContain('mourning')
    expect(texts).toContain('expressed')
    expect(texts).not.toContain('never')
    expect(texts).toContain('Skipped: A step before it failed.')
    await expect.poll(() => taskOf(id)).toMatchObject({ state: 'Failed', state_sequence: 2 })
    expect((await taskOf(id))?.error_message).toMatch(/^Step 1 \(Break\) failed on web-1: /)
    const events = await engine.sql(
      `SELECT category FROM events JOIN event_documents ON event_sequence = sequence
        WHERE document_id = ? ORDER BY sequence`,
      id,
    )
    expect(events.map(({ category }) => category)).toEqual([
      'DeploymentStarted',
      'DeploymentFailed',
    ])
  })

  it('runs steps of one group at the same time, and steps for the server on a worker', async () => {
    const [pool] = await engine.sql('SELECT id FROM worker_pools WHERE is_default = 1')
    const [runner] = await engine.sql('SELECT id FROM runners ORDER BY id DESC LIMIT 1')
    await engine.sql(
      `INSERT OR IGNORE INTO workers (id, space_id, name, slug, runner_id, created_at)
        VALUES ('Workers-90', 'Spaces-1', 'worker-1', 'worker-1', ?, 0)`,
      String(runner?.id),
    )
    await engine.sql(
      "INSERT OR IGNORE INTO worker_pool_members VALUES (?, 'Workers-90')",
      String(pool?.id),
    )
    const meet = (mine: string, other: string) =>
      `touch "$HOME/.meet-${mine}"; until [ -e "$HOME/.meet-${other}" ]; do sleep 0.02; done; sleep 0.2; rm "$HOME/.meet-${mine}"; echo "${mine} met ${other}"`
    const { state, texts } = await deploy([
      bash('One', meet('a', 'b'), onWeb1),
      bash('Two', meet('b', 'a'), {
        StartTrigger: 'StartWithPrevious',
        stepProperties: { 'Octopus.Action.TargetRoles': '' },
        properties: { 'Octopus.Action.RunOnServer': 'true' },
      }),
    ])
    expect(state).toBe('Success')
    expect(texts.filter(text => text.includes(' met ')).sort()).toEqual(['a met b', 'b met a'])
  })

  it('says what to do when there is nothing to deploy to', async () => {
    const { id, state } = await deploy([
      bash('Publish', 'echo never', {
        stepProperties: { 'Octopus.Action.TargetRoles': 'database' },
      }),
    ])
    expect(state).toBe('Failed')
    await expect
      .poll(async () => (await taskOf(id))?.error_message)
      .toBe('There is nothing to deploy to. No enabled target in Staging has the tag database.')
  })

  it('cancels what runs, and runs nothing after', async () => {
    const id = await engine.deployment([
      bash('Wait', 'echo waiting; sleep 60', onWeb1),
      bash('Always', 'echo never', { Condition: 'Always' }),
    ])
    await engine.post(`/deeds/${id}/start`)
    await engine.saw(id, 'waiting')
    expect(await engine.post(`/deeds/${id}/cancel`)).toEqual({ type: 'cancelling' })
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Canceled')
    expect(texts).toContain('Canceled by Ada')
    expect(texts).not.toContain('never')
    expect(await engine.post(`/deeds/${id}/cancel`)).toEqual({ type: 'ended', state: 'Canceled' })
    await expect.poll(async () => (await taskOf(id))?.state).toBe('Canceled')
  })

  it('waits while another deployment of the project to the environment runs, then starts by itself', async () => {
    const first = await engine.deployment([bash('Wait', 'sleep 0.5; echo first', onWeb1)])
    const second = await engine.deployment([bash('Follow', 'echo second', onWeb1)])
    await engine.post(`/deeds/${first}/start`)
    expect(await engine.post(`/deeds/${second}/start`)).toEqual({ type: 'waits' })
    const [one, two] = await Promise.all([engine.end(first), engine.end(second)])
    expect([one.state, two.state]).toEqual(['Success', 'Success'])
    const [ended, began] = [(await taskOf(first))?.completed_at, (await taskOf(second))?.started_at]
    expect(Number(began)).toBeGreaterThanOrEqual(Number(ended))
  })

  it('seals the log, and shows it as before, also after the server came up again', async () => {
    const { id } = await deploy([bash('Count', 'seq 1 2000', onWeb1)])
    await expect.poll(async () => (await taskOf(id))?.log_key).toBe(`logs/${id}`)
    const before = await engine.post(`/deeds/${id}/raw`)
    expect(before).toMatch(/== Success: Deploy Shop release .* ==\n/)
    expect(before).toMatch(/Info {5,}\| {7}2000\n/)
    const activity = await engine.post(`/deeds/${id}/activity`)
    await engine.restart()
    expect(await engine.post(`/deeds/${id}/raw`)).toBe(before)
    expect(await engine.post(`/deeds/${id}/activity`)).toEqual(activity)
    expect(activity[0].Children[0].Children[0].LogElements).toHaveLength(1000)
    expect(await engine.post(`/deeds/${id}/facade`)).toMatchObject({ state: 'Success' })
    const { state } = await deploy([bash('Again', 'echo again')])
    expect(state).toBe('Success')
  })

  it('goes on where it was when the server comes up again in the middle of a step', async () => {
    const id = await engine.deployment([
      bash('Count', 'for n in $(seq 1 20); do echo "line $n"; sleep 0.1; done', onWeb1),
      bash('After', 'echo after', onWeb1),
    ])
    await engine.post(`/deeds/${id}/start`)
    await engine.saw(id, 'line 3')
    await engine.restart()
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts.filter(text => text.startsWith('line'))).toEqual(
      Array.from({ length: 20 }, (_, index) => `line ${index + 1}`),
    )
    expect(texts).toContain('after')
  })

  it('keeps the step and its log when the runner is killed and started again', async () => {
    const [runner] = engine.runners
    const id = await engine.deployment([
      bash('Count', 'for n in $(seq 1 20); do echo "line $n"; sleep 0.1; done', onWeb1),
    ])
    await engine.post(`/deeds/${id}/start`)
    await engine.saw(id, 'line 3')
    await runner?.kill()
    await runner?.start()
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts.filter(text => text.startsWith('line'))).toEqual(
      Array.from({ length: 20 }, (_, index) => `line ${index + 1}`),
    )
  })
})
