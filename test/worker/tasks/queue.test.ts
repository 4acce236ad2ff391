import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { enter } from '../../../worker/deployments/inputs.ts'
import { runSchedule } from '../../../worker/schedule.ts'
import { addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await shop.release('1.0.0')
})
afterAll(() => shop?.stop())
beforeEach(async () => {
  await shop.rows("UPDATE tasks SET state = 'Success', completed_at = 2 WHERE completed_at IS NULL")
  shop.asked.length = 0
})

type Made = { DeploymentId: string; ServerTaskId: string }
const queue = async (more: object = {}, version = '1.0.0'): Promise<Made> =>
  (await shop.deploy(version, ['Staging'], more)).DeploymentServerTasks[0]
const waiting = (task: Made, sent: object = {}) =>
  shop.json('GET', `${S}/tasks/${task.ServerTaskId}/waiting`, sent)
const behind = async (task: Made, sent: object = {}) =>
  (await shop.json('GET', `${S}/tasks/${task.ServerTaskId}/queued-behind`, sent)).Items.map(
    (each: Answer) => each.Id,
  )
const prioritize = (task: Made, sent: object = {}) =>
  shop.json('POST', `${S}/tasks/${task.ServerTaskId}/prioritize`, {
    key: shop.ada,
    status: 200,
    ...sent,
  })
const start = async (task: Made) => (await enter(shop.db, task.DeploymentId, Date.now())).type

describe('a queue', () => {
  it('goes by age, and says so', async () => {
    const [first, second, third] = [await queue(), await queue(), await queue()]
    expect(await start(second)).toBe('waits')
    expect(await start(first)).toBe('loaded')
    expect(await behind(third)).toEqual([first.ServerTaskId, second.ServerTaskId])
    expect(await waiting(third, { key: shop.ben })).toMatchObject({
      IsWaiting: true,
      Kind: 'task',
      TaskId: first.ServerTaskId,
      DeploymentId: first.DeploymentId,
      Position: 3,
      Text: expect.stringMatching(
        /^It waits for ServerTasks-\d+ \(Deploy Shop release 1\.0\.0 to Staging\), which has been running for .+\. 1 more comes before it\.$/,
      ),
    })
    expect(await waiting(first)).toMatchObject({ IsWaiting: false, Kind: null, Text: null })
  })

  it('lets one be moved to the top, and another before it', async () => {
    const [first, second, third] = [await queue(), await queue(), await queue()]
    await prioritize(second)
    expect(await behind(first)).toEqual([second.ServerTaskId])
    await prioritize(third)
    expect(await behind(first)).toEqual([third.ServerTaskId, second.ServerTaskId])
    expect(await start(second)).toBe('waits')
    expect(await start(third)).toBe('loaded')
    const [event] = await shop.rows('SELECT category, message FROM events ORDER BY sequence DESC')
    expect(event).toEqual({
      category: 'TaskPrioritized',
      message: 'Moved to the top of the queue: Deploy Shop release 1.0.0 to Staging',
    })
  })

  it('moves nothing that has begun, and nothing for Ben', async () => {
    const [first, second] = [await queue(), await queue()]
    await start(first)
    expect((await prioritize(first, { status: 400 })).ErrorMessage).toContain(
      'does not wait in the queue any more.',
    )
    await prioritize(second, { key: shop.ben, status: 403 })
  })

  it('takes the priority of a request', async () => {
    const [plain, urgent] = [await queue(), await queue({ Priority: 'On' })]
    expect(await behind(plain)).toEqual([urgent.ServerTaskId])
  })

  it('takes the priority of a phase, unless the request says otherwise', async () => {
    const [lifecycle] = await shop.rows('SELECT id FROM lifecycles')
    const path = `${S}/lifecycles/${lifecycle?.id}`
    const before = await shop.json('GET', path)
    const phase = (Name: string, environment: string, IsPriorityPhase: boolean) => ({
      Name,
      OptionalDeploymentTargets: [environment],
      IsPriorityPhase,
    })
    const Phases = [phase('Try', shop.staging, true), phase('Live', shop.production, false)]
    await shop.json('PUT', path, { body: { ...before, Phases } })
    const plain = await queue({ Priority: 'Off' })
    const urgent = await queue()
    expect(await behind(plain)).toEqual([urgent.ServerTaskId])
    await shop.json('PUT', path, { body: before })
  })

  it('says when it is stopped, and starts nothing then', async () => {
    const task = await queue()
    await shop.rows('UPDATE spaces SET task_queue_stopped = 1')
    expect(await start(task)).toBe('waits')
    expect(await waiting(task)).toMatchObject({ Kind: 'stopped' })
    await shop.rows('UPDATE spaces SET task_queue_stopped = 0')
    expect(await start(task)).toBe('loaded')
  })

  it('names no task of a project that the reader may not see', async () => {
    await shop.variables({ Name: 'Octopus.Task.ConcurrencyTag', Value: 'one at a time', Scope: {} })
    await shop.release('2.0.0')
    const [first, second] = [await queue({}, '2.0.0'), await queue({}, '2.0.0')]
    await start(first)
    await shop.rows("UPDATE tasks SET project_id = 'Projects-77' WHERE id = ?", first.ServerTaskId)
    const carl = await addUser(shop, 'carl', [
      { role: 'projectviewer', projects: [shop.project.Id] },
    ])
    expect(await behind(second, { key: carl })).toEqual([])
    expect(await waiting(second, { key: carl })).toMatchObject({
      Kind: 'task',
      TaskId: null,
      Text: expect.stringContaining('It waits for a task that you may not see'),
    })
    await shop.variables()
  })
})

describe('a task that waits for a target', () => {
  it('names who has it, to those who may know', async () => {
    const [holder, task] = [await queue(), await queue()]
    const text = `web-1 is in use by ${holder.ServerTaskId} (Deploy Shop release 1.0.0 to Staging)`
    await shop.rows(
      "UPDATE tasks SET state = 'Executing', holds_key = 0, waiting_for = ? WHERE id = ?",
      text,
      task.ServerTaskId,
    )
    expect(await waiting(task, { key: shop.ben })).toMatchObject({
      Kind: 'target',
      Text: text,
      TaskId: holder.ServerTaskId,
      DeploymentId: holder.DeploymentId,
    })
    await shop.rows("UPDATE tasks SET project_id = 'Projects-77' WHERE id = ?", holder.ServerTaskId)
    const dora = await addUser(shop, 'dora', [
      { role: 'projectviewer', projects: [shop.project.Id] },
    ])
    expect(await waiting(task, { key: dora })).toMatchObject({
      Kind: 'target',
      Text: 'web-1 is in use by a task that you may not see',
      TaskId: null,
      DeploymentId: null,
    })
  })
})

describe('the variable Octopus.Task.ConcurrencyTag', () => {
  const tag = (Value: string, Scope: object = {}) =>
    shop.variables({ Name: 'Octopus.Task.ConcurrencyTag', Value, Type: 'String', Scope })
  const keyOf = async (task: Made) =>
    (await shop.rows('SELECT concurrency_key FROM tasks WHERE id = ?', task.ServerTaskId))[0]
      ?.concurrency_key
  let patch = 0
  const release = async () => {
    const version = `3.0.${patch++}`
    await shop.release(version)
    return version
  }

  it.each([
    ['one at a time', () => 'Spaces-1/tag/one at a time'],
    [
      '#{Octopus.Project.Name} in #{Octopus.Environment.Name}',
      () => 'Spaces-1/tag/shop in staging',
    ],
    ['#{Octopus.Deployment.Id}', (made: Made) => `Spaces-1/tag/${made.DeploymentId.toLowerCase()}`],
    ['  ', () => `${shop.project.Id}/${shop.staging}`],
  ])("of '%s' is the key", async (value, key) => {
    await tag(value)
    const made = await queue({}, await release())
    expect(await keyOf(made)).toBe(key(made))
  })

  it('counts only where it is scoped to', async () => {
    await tag('elsewhere', { Environment: [shop.production] })
    const made = await queue({}, await release())
    expect(await keyOf(made)).toBe(`${shop.project.Id}/${shop.staging}`)
  })

  it.each([
    [
      '#{Octopus.Machine.Name}',
      "comes to '#{Octopus.Machine.Name}', which refers to what is not known",
    ],
    ['x'.repeat(201), 'comes to 201 characters; a tag has at most 200.'],
  ])('is refused when it cannot be told: %#', async (value, says) => {
    await tag(value)
    const refusal = await shop.deploy(await release(), ['Staging'], {}, { status: 400 })
    expect(refusal.ErrorMessage).toContain(says)
  })

  it('lets deployments of the same run side by side when it is their own id', async () => {
    await tag('#{Octopus.Task.Id}')
    const version = await release()
    const [first, second] = [await queue({}, version), await queue({}, version)]
    expect(await start(first)).toBe('loaded')
    expect(await start(second)).toBe('loaded')
    await shop.variables()
  })
})

describe('time', () => {
  const iso = (at: number) => new Date(at).toISOString()

  it('starts what is scheduled once it has come, and not before', async () => {
    const at = Date.now() + 3_600_000
    const task = await queue({ RunAt: iso(at) })
    expect(await waiting(task)).toMatchObject({ Kind: 'scheduled', Until: expect.any(String) })
    await runSchedule(shop.env, at - 1)
    expect(shop.asked).toEqual([])
    await runSchedule(shop.env, at)
    expect(shop.asked).toEqual([`start ${task.DeploymentId}`])
  })

  it('ends what could not start in time', async () => {
    const [holder, task] = [await queue(), await queue({ NoRunAfter: iso(Date.now() + 3_600_000) })]
    await start(holder)
    shop.asked.length = 0
    await runSchedule(shop.env, Date.now() + 3_600_000)
    expect(await shop.json('GET', `${S}/tasks/${task.ServerTaskId}`)).toMatchObject({
      State: 'TimedOut',
      ErrorMessage: 'It was not started before its expiry.',
      Conclusion: 'timed-out',
    })
    const [event] = await shop.rows('SELECT category, username FROM events ORDER BY sequence DESC')
    expect(event).toEqual({ category: 'DeploymentTimedOut', username: 'system' })
  })

  it('wakes the first of each queue, and who wants its key back before it', async () => {
    const [first, second] = [await queue(), await queue()]
    shop.asked.length = 0
    await runSchedule(shop.env, Date.now())
    expect(shop.asked).toEqual([`start ${first.DeploymentId}`])
    await start(first)
    await shop.rows('UPDATE tasks SET holds_key = 2 WHERE id = ?', first.ServerTaskId)
    shop.asked.length = 0
    await runSchedule(shop.env, Date.now())
    expect(shop.asked).toEqual([`start ${first.DeploymentId}`])
    expect(await behind(second)).toEqual([first.ServerTaskId])
  })
})

describe('the state of a task that has ended', () => {
  const change = (task: Made, body: object, sent: object = {}) =>
    shop.json('POST', `${S}/tasks/${task.ServerTaskId}/state`, { body, status: 200, ...sent })
  const cell = async () => (await shop.rows('SELECT state, success_version FROM dashboard'))[0]

  it('is changed by an administrator, with the reason, and back', async () => {
    const task = await queue()
    await shop.report(task.ServerTaskId, 'Failed')
    const body = { State: 'success', Reason: 'Only the smoke test was wrong' }
    expect(await change(task, body)).toMatchObject({
      State: 'Success',
      FinishedSuccessfully: true,
      ErrorMessage: '',
    })
    expect(await cell()).toEqual({ state: 'Success', success_version: '1.0.0' })
    const [event] = await shop.rows('SELECT category, message FROM events ORDER BY sequence DESC')
    expect(event).toEqual({
      category: 'TaskStateChanged',
      message:
        'Changed from Failed to Success (Only the smoke test was wrong): Deploy Shop release 1.0.0 to Staging',
    })
    const back = await change(task, { State: 'Failed', Reason: 'It was broken after all' })
    expect(back.ErrorMessage).toMatch(/^Marked as failed by .+: It was broken after all$/)
  })

  it.each([
    ['without a reason', { State: 'Success', Reason: ' ' }, 'say why the state is changed.'],
    [
      'to a state it cannot have',
      { State: 'Queued', Reason: 'x' },
      "State must be Success or Failed; found 'Queued'.",
    ],
  ])('is not changed %s', async (_what, body, says) => {
    const task = await queue()
    await shop.report(task.ServerTaskId, 'Failed')
    expect(JSON.stringify(await change(task, body, { status: 400 }))).toContain(says)
  })

  it('is not changed while it runs, nor by who may only deploy', async () => {
    const task = await queue()
    await start(task)
    const body = { State: 'Success', Reason: 'x' }
    expect((await change(task, body, { status: 400 })).ErrorMessage).toContain(
      'only the state of a task that has ended can be changed.',
    )
    await shop.report(task.ServerTaskId, 'Failed')
    await change(task, body, { key: shop.ada, status: 403 })
  })
})
