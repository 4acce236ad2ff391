import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
let patch = 0
/** A release of its own for each test. */
let version = ''
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.stop())
beforeEach(async () => {
  version = `1.0.${patch++}`
  await shop.release(version)
  shop.asked.length = 0
})

const stored = () =>
  shop.rows(`SELECT (SELECT count(*) FROM deployments) AS deployments, (SELECT count(*) FROM tasks) AS tasks,
    (SELECT count(*) FROM events) AS events, (SELECT json_group_array(deployment_id) FROM dashboard) AS cells`)
const only = (answer: Answer) => answer.DeploymentServerTasks[0]

describe('deploying', () => {
  it('queues a task, shows it on the dashboard, records who did it, and starts it', async () => {
    const { DeploymentId, ServerTaskId } = only(await shop.deploy(version, ['staging']))
    expect(shop.asked).toEqual([`start ${DeploymentId}`])
    expect(await shop.json('GET', `${S}/deployments/${DeploymentId}`)).toMatchObject({
      Id: DeploymentId,
      TaskId: ServerTaskId,
      EnvironmentId: shop.staging,
      DeployedBy: 'ada',
      SkipActions: [],
      Links: { Task: `${S}/tasks/${ServerTaskId}` },
    })
    expect(await shop.json('GET', `${S}/tasks/${ServerTaskId}`)).toMatchObject({
      State: 'Queued',
      Description: `Deploy Shop release ${version} to Staging`,
      IsCompleted: false,
      Arguments: { DeploymentId },
    })
    const { Items } = await shop.json('GET', `${S}/dashboard`, { key: shop.ben })
    expect(Items).toContainEqual(
      expect.objectContaining({ DeploymentId, ReleaseVersion: version, State: 'Queued' }),
    )
    const [event] = await shop.rows('SELECT * FROM events ORDER BY sequence DESC LIMIT 1')
    expect(event).toMatchObject({ category: 'DeploymentQueued', username: 'ada' })
  })

  it('is not for Ben, and leaves nothing', async () => {
    const before = await stored()
    const refusal = await shop.deploy(version, ['Staging'], {}, { key: shop.ben, status: 403 })
    expect(refusal.ErrorMessage).toContain('It takes DeploymentCreate')
    expect(await stored()).toEqual(before)
    expect(shop.asked).toEqual([])
  })

  it('is only for the environments a role reaches', async () => {
    const carl = await addUser(shop, 'carl', [
      { role: 'projectdeployer', environments: [shop.staging] },
    ])
    const { ServerTaskId } = only(await shop.deploy(version, ['Staging'], {}, { key: carl }))
    await shop.report(ServerTaskId, 'Success')
    const before = await stored()
    await shop.deploy(version, ['Production'], {}, { key: carl, status: 403 })
    await shop.deploy(version, ['Staging', 'Production'], {}, { key: carl, status: 403 })
    expect(await stored()).toEqual(before)
  })

  it('goes where the lifecycle leads, and to all of several environments or to none', async () => {
    const before = await stored()
    for (const names of [['Production'], ['Staging', 'Production'], ['Staging', 'Nowhere']])
      await shop.deploy(version, names, {}, { status: names.includes('Nowhere') ? 404 : 400 })
    expect(await stored()).toEqual(before)
    await shop.report(only(await shop.deploy(version, ['Staging'])).ServerTaskId, 'Success')
    const both = await shop.deploy(version, ['Staging', shop.production, 'Staging'])
    expect(both.DeploymentServerTasks).toHaveLength(2)
    expect(shop.asked).toHaveLength(3)
  })

  it('does not count what failed as a success', async () => {
    await shop.report(only(await shop.deploy(version, ['Staging'])).ServerTaskId, 'Failed')
    const refusal = await shop.deploy(version, ['Production'], {}, { status: 400 })
    expect(refusal.ErrorMessage).toContain('cannot be deployed to Production')
  })

  it('can wait for its time, to the millisecond', async () => {
    const start = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '+00:00')
    const end = new Date(Date.now() + 7_200_000).toISOString().replace('Z', '+00:00')
    const task = only(await shop.deploy(version, ['Staging'], { RunAt: start, NoRunAfter: end }))
    expect(shop.asked).toEqual([])
    expect(await shop.json('GET', `${S}/tasks/${task.ServerTaskId}`)).toMatchObject({
      State: 'Queued',
      QueueTime: start,
      QueueTimeExpiry: end,
    })
    const deployment = await shop.json('GET', `${S}/deployments/${task.DeploymentId}`)
    expect(deployment).toMatchObject({ QueueTime: start, QueueTimeExpiry: end })
  })

  it('keeps what it was asked for: steps, targets, variables, a comment', async () => {
    const { Variables } = await shop.variables({
      Name: 'Greeting',
      Value: 'hi',
      Type: 'String',
      Scope: {},
      Prompt: { Label: 'How to greet' },
    })
    await shop.release(`${version}-greets`)
    const { DeploymentId } = only(
      await shop.deploy(`${version}-greets`, ['Staging'], {
        SkipStepNames: ['back up'],
        SpecificMachineNames: ['WEB-1'],
        ExcludedMachineNames: ['web-2'],
        Variables: { Greeting: 'hello' },
        Comments: 'for the demo',
        ForcePackageDownload: true,
      }),
    )
    const process = await shop.json('GET', `${S}/projects/${shop.project.Id}/deploymentprocesses`)
    expect(await shop.json('GET', `${S}/deployments/${DeploymentId}`)).toMatchObject({
      SkipActions: [process.Steps[0].Actions[0].Id],
      SpecificMachineIds: ['Machines-1'],
      ExcludedMachineIds: ['Machines-2'],
      FormValues: { [Variables[0].Id]: 'hello' },
      Comments: 'for the demo',
      ForcePackageDownload: true,
    })
  })

  it('asks each of several environments only what it asks for', async () => {
    const ticket = (name: string, environment: string) => ({
      Name: name,
      Value: null,
      Type: 'String',
      Scope: { Environment: [environment] },
      Prompt: { Label: name, Required: true },
    })
    const { Variables } = await shop.variables(
      ticket('Trial', shop.staging),
      ticket('Change', shop.production),
    )
    const asking = `${version}-asks`
    await shop.release(asking)
    const both = { Trial: 'T-1', Change: 'CHG-1' }
    await shop.report(
      only(await shop.deploy(asking, ['Staging'], { Variables: { Trial: 'T-1' } })).ServerTaskId,
      'Success',
    )
    const made = await shop.deploy(asking, ['Staging', 'Production'], { Variables: both })
    const values = await Promise.all(
      made.DeploymentServerTasks.map((each: Answer) =>
        shop.json('GET', `${S}/deployments/${each.DeploymentId}`),
      ),
    )
    expect(values.map(each => each.FormValues)).toEqual([
      { [Variables[0].Id]: 'T-1' },
      { [Variables[1].Id]: 'CHG-1' },
    ])
    const missing = await shop.deploy(
      asking,
      ['Staging', 'Production'],
      { Variables: { Trial: 'T-1' } },
      { status: 400 },
    )
    expect(missing.ErrorMessage).toBe(
      'Deploying to Production needs a value for Change; none was given.',
    )
    await shop.variables()
  })

  it.each([
    ['a required step', { SkipStepNames: ['Deploy web'] }, 'Deploy web is required'],
    ['a step that is not there', { SkipStepNames: ['Announce'] }, "no step 'Announce'"],
    ['a target that is not there', { SpecificMachineNames: ['web-9'] }, "no target 'web-9'"],
    [
      'a variable that is not asked for',
      { Variables: { Size: 'L' } },
      "no prompted variable 'Size'",
    ],
    ['a priority that is none', { Priority: 'Urgent' }, 'must be On, Off or LifecycleDefault'],
    ['a start in a year', { RunAt: '2999-01-01T00:00:00Z' }, 'at most 30 days ahead'],
  ])('is refused with %s', async (_, more, says) => {
    const before = await stored()
    const refusal = await shop.deploy(version, ['Staging'], more, { status: 400 })
    expect(refusal.ErrorMessage).toContain(says)
    expect(await stored()).toEqual(before)
  })

  it('is refused while the project is disabled', async () => {
    const closed = await shop.newProject('Closed')
    await shop.release('1.0.0', 'Closed')
    const path = `${S}/projects/${closed.Id}`
    await shop.json('PUT', path, { body: { ...closed, IsDisabled: true } })
    const body = { ProjectName: 'Closed' }
    const refusal = await shop.deploy('1.0.0', ['Staging'], body, { status: 400 })
    expect(refusal.ErrorMessage).toBe(
      'Project Closed is disabled; enable it in its settings to deploy.',
    )
  })

  it('takes ids too', async () => {
    const { Items } = await shop.json('GET', `${S}/releases?take=1`)
    const body = { ReleaseId: Items[0].Id, EnvironmentId: shop.staging, Comments: 'by id' }
    const made = await shop.json('POST', `${S}/deployments`, { key: shop.ada, body })
    expect(made).toMatchObject({ ReleaseId: Items[0].Id, Comments: 'by id', DeployedBy: 'ada' })
    await shop.json('POST', `${S}/deployments`, { key: shop.ben, body, status: 403 })
  })
})

describe('what was deployed', () => {
  it('is listed newest first, a page at a time, and filtered', async () => {
    const first = only(await shop.deploy(version, ['Staging']))
    await shop.report(first.ServerTaskId, 'Success')
    const second = only(await shop.deploy(version, ['Production']))
    const list = async (query: string) =>
      (await shop.json('GET', `${S}/deployments?${query}`)).Items.map((item: Answer) => item.Id)
    expect(await list('take=2')).toEqual([second.DeploymentId, first.DeploymentId])
    expect(await list('skip=1&take=1')).toEqual([first.DeploymentId])
    expect(await list(`environments=${shop.production}&take=1`)).toEqual([second.DeploymentId])
    expect(await list(`ids=${first.DeploymentId},Deployments-999`)).toEqual([first.DeploymentId])
    expect(await list('ids=Deployments-999')).toEqual([])
    expect(await list('projects=Projects-999')).toEqual([])
    expect(await list('taskState=Success&take=1')).toEqual([first.DeploymentId])
    const { ReleaseId } = await shop.json('GET', `${S}/deployments/${first.DeploymentId}`)
    const own = await shop.json('GET', `${S}/releases/${ReleaseId}/deployments`)
    expect(own.TotalResults).toBe(2)
    await shop.json('GET', `${S}/releases/Releases-999/deployments`, { status: 404 })
  })

  it('is not found in another space', async () => {
    const { DeploymentId, ServerTaskId } = only(await shop.deploy(version, ['Staging']))
    await shop.json('POST', '/api/spaces', {
      body: { Name: 'Elsewhere', SpaceManagersTeamMembers: ['Users-1'] },
    })
    for (const path of [`deployments/${DeploymentId}`, `tasks/${ServerTaskId}`])
      await shop.json('GET', `/api/elsewhere/${path}`, { status: 404 })
  })

  it('is shown only as far as a role reaches', async () => {
    const task = only(await shop.deploy(version, ['Staging']))
    await shop.report(task.ServerTaskId, 'Success')
    const promoted = only(await shop.deploy(version, ['Production']))
    const other = await shop.newProject('Other')
    const dora = await addUser(shop, 'dora', [
      { role: 'projectviewer', environments: [shop.staging] },
    ])
    const emil = await addUser(shop, 'emil', [{ role: 'projectviewer', projects: [other.Id] }])
    const seen = (key: string, path: string) => shop.json('GET', `${S}/${path}`, { key })
    for (const path of ['deployments', 'tasks', 'dashboard', 'dashboard/dynamic']) {
      const environments = (await seen(dora, path)).Items.map((item: Answer) => item.EnvironmentId)
      expect(environments, path).not.toContain(shop.production)
      expect((await seen(dora, path)).Items.length, path).toBeGreaterThan(0)
      expect((await seen(emil, path)).Items, path).toEqual([])
    }
    expect((await seen(emil, 'deployments')).TotalResults).toBe(0)
    expect((await seen(emil, 'dashboard')).Projects.map((each: Answer) => each.Name)).toEqual([
      'Other',
    ])
    expect((await seen(dora, 'dashboard')).Environments).toHaveLength(1)
    const { ReleaseId } = await shop.json('GET', `${S}/deployments/${task.DeploymentId}`)
    const { Phases } = await seen(dora, `releases/${ReleaseId}/progression`)
    expect(Phases.map((phase: Answer) => phase.Deployments.length)).toEqual([1, 0])
    for (const { DeploymentId, ServerTaskId } of [promoted])
      for (const path of [`deployments/${DeploymentId}`, `tasks/${ServerTaskId}`])
        for (const key of [dora, emil]) await shop.json('GET', `${S}/${path}`, { key, status: 404 })
  })
})

describe('deleting a deployment', () => {
  it('waits until it has ended', async () => {
    const { DeploymentId, ServerTaskId } = only(await shop.deploy(version, ['Staging']))
    const path = `${S}/deployments/${DeploymentId}`
    for (const state of ['Queued', 'Executing', 'Cancelling']) {
      await shop.report(ServerTaskId, state)
      const refusal = await shop.json('DELETE', path, { status: 409 })
      expect(refusal.ErrorMessage).toBe(`${DeploymentId} has not ended; cancel its task first.`)
    }
    await shop.report(ServerTaskId, 'Failed')
    await shop.json('DELETE', path, { key: shop.ada, status: 403 })
    await shop.json('DELETE', path)
    for (const gone of [path, `${S}/tasks/${ServerTaskId}`])
      await shop.json('GET', gone, { status: 404 })
    const [event] = await shop.rows('SELECT * FROM events ORDER BY sequence DESC LIMIT 1')
    expect(event).toMatchObject({ category: 'Deleted' })
  })

  it('shows again on the dashboard what stood there before', async () => {
    const cell = async () => {
      const [found] = await shop.rows(
        'SELECT * FROM dashboard WHERE project_id = ? AND environment_id = ?',
        shop.project.Id,
        shop.staging,
      )
      return found
    }
    const first = only(await shop.deploy(version, ['Staging']))
    await shop.report(first.ServerTaskId, 'Success')
    const second = only(await shop.deploy(version, ['Staging']))
    await shop.report(second.ServerTaskId, 'Success')
    expect(await cell()).toMatchObject({
      deployment_id: second.DeploymentId,
      success_deployment_id: second.DeploymentId,
    })
    await shop.json('DELETE', `${S}/deployments/${second.DeploymentId}`)
    expect(await cell()).toMatchObject({
      deployment_id: first.DeploymentId,
      task_id: first.ServerTaskId,
      state: 'Success',
      success_deployment_id: first.DeploymentId,
    })
  })
})
