import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from './shop.ts'

const ASKED = [
  { Name: 'Ticket', Value: '', Type: 'String', Scope: {}, Prompt: { Label: 'Ticket' } },
  {
    Name: 'Pin',
    Value: null,
    Type: 'Sensitive',
    IsSensitive: true,
    Scope: {},
    Prompt: { Label: 'Pin' },
  },
]

let shop: Shop
let patch = 0
let version = ''
beforeAll(async () => {
  shop = await openShop()
  await shop.variables(...ASKED)
})
afterAll(() => shop?.stop())
beforeEach(async () => {
  version = `1.0.${patch++}`
  await shop.release(version)
  shop.asked.length = 0
})

const only = (answer: Answer) => answer.DeploymentServerTasks[0]
const OPTIONS = {
  SkipStepNames: ['Back up'],
  ExcludedMachineNames: ['web-2'],
  UseGuidedFailure: true,
  Comments: 'for the demo',
  Variables: { Ticket: 'CHG-1', Pin: 'secret-1234' },
}
const deployed = async (state: string, more: object = OPTIONS) => {
  const { DeploymentId, ServerTaskId } = only(await shop.deploy(version, ['Staging'], more))
  await shop.report(ServerTaskId, state)
  return { DeploymentId, ServerTaskId, path: `${S}/deployments/${DeploymentId}` }
}
const resume = (path: string, sent: object = {}) =>
  shop.json('POST', `${path}/resume`, { key: shop.ada, ...sent })
const rerun = (taskId: string, sent: object = {}) =>
  shop.json('POST', `${S}/tasks/${taskId}/rerun`, { key: shop.ada, status: 200, ...sent })

describe('going on from a failed deployment', () => {
  it.each(['Failed', 'Canceled', 'TimedOut'])(
    'of state %s keeps snapshot and options',
    async state => {
      const { DeploymentId, path } = await deployed(state)
      const before = await shop.json('GET', path)
      const resumed = await resume(path)
      expect(resumed).toMatchObject({
        ResumedFrom: DeploymentId,
        ReleaseId: before.ReleaseId,
        SkipActions: before.SkipActions,
        ExcludedMachineIds: before.ExcludedMachineIds,
        FormValues: before.FormValues,
        UseGuidedFailure: true,
        Comments: 'for the demo',
        ManifestVariableSetId: before.ManifestVariableSetId,
      })
      expect(shop.asked).toContain(`start ${resumed.Id}`)
      const [event] = await shop.rows('SELECT message FROM events ORDER BY sequence DESC LIMIT 1')
      expect(event?.message).toBe(
        `Deploy Shop release ${version} to Staging, going on from ${DeploymentId}`,
      )
    },
  )

  it('seals secret answers anew, for the new deployment', async () => {
    const { DeploymentId, path } = await deployed('Failed')
    const resumed = await resume(path)
    const sealed = await shop.rows(
      "SELECT json_extract(request, '$.sealedFormValues') AS sealed FROM deployments WHERE id IN (?, ?)",
      DeploymentId,
      resumed.Id,
    )
    const texts = sealed.map(row => Object.values(JSON.parse(String(row.sealed)))[0])
    expect(texts).toHaveLength(2)
    expect(new Set(texts).size).toBe(2)
    expect(JSON.stringify(resumed)).not.toContain('secret-1234')
  })

  it('takes the variables of then, also after the release took new ones', async () => {
    const { path } = await deployed('Failed')
    const before = await shop.json('GET', path)
    await shop.variables(...ASKED, { Name: 'Colour', Value: 'blue', Type: 'String', Scope: {} })
    const release = `${S}/releases/${before.ReleaseId}`
    await shop.json('POST', `${release}/snapshot-variables`, { status: 200 })
    const { ProjectVariableSetSnapshotId } = await shop.json('GET', release)
    expect(ProjectVariableSetSnapshotId).not.toBe(before.ManifestVariableSetId)
    expect((await resume(path)).ManifestVariableSetId).toBe(before.ManifestVariableSetId)
  })

  it.each([
    ['Success', 'succeeded; there is nothing to go on from. Deploy the release again instead.'],
    ['Executing', 'has not ended yet; there is nothing to go on from.'],
    ['Cancelling', 'has not ended yet; there is nothing to go on from.'],
  ])('is refused in state %s', async (state, says) => {
    const { path, ServerTaskId } = await deployed(state)
    expect((await resume(path, { status: 400 })).ErrorMessage).toContain(says)
    await shop.report(ServerTaskId, 'Failed')
  })

  it('is refused when it never started', async () => {
    const { ServerTaskId, DeploymentId } = only(await shop.deploy(version, ['Staging']))
    await shop.json('POST', `${S}/tasks/${ServerTaskId}/cancel`, { key: shop.ada, status: 200 })
    const refusal = await resume(`${S}/deployments/${DeploymentId}`, { status: 400 })
    expect(refusal.ErrorMessage).toContain('never started')
  })

  it.each(['Success', 'Failed', 'Executing', 'Queued'])(
    'is refused when a newer one is there: %s',
    async state => {
      const { DeploymentId, path } = await deployed('Failed')
      const newer = only(await shop.deploy(version, ['Staging']))
      if (state !== 'Queued') await shop.report(newer.ServerTaskId, state)
      const refusal = await resume(path, { status: 409 })
      expect(refusal.ErrorMessage).toBe(
        `${newer.DeploymentId} (Deploy Shop release ${version} to Staging) came after ${DeploymentId}, ` +
          'so what its steps left behind may be gone. Deploy the release again instead.',
      )
      await shop.report(newer.ServerTaskId, 'Failed')
    },
  )

  it('goes on from what itself went on, and not twice from the same', async () => {
    const { path } = await deployed('Failed')
    const second = await resume(path)
    await resume(path, { status: 409 })
    await shop.report(second.TaskId, 'Failed')
    const third = await resume(`${S}/deployments/${second.Id}`)
    expect(third.ResumedFrom).toBe(second.Id)
    await shop.report(third.TaskId, 'Failed')
  })

  it('is not for Ben, and answers the same key alike', async () => {
    const { path } = await deployed('Failed')
    await resume(path, { key: shop.ben, status: 403 })
    const headers = { 'Idempotency-Key': path }
    expect(await resume(path, { headers })).toEqual(await resume(path, { headers }))
  })
})

describe('running a task again', () => {
  it('deploys the same from the first step', async () => {
    const { path, ServerTaskId } = await deployed('Success')
    const before = await shop.json('GET', path)
    const task = await rerun(ServerTaskId)
    expect(task).toMatchObject({ State: 'Queued', Name: 'Deploy' })
    const again = await shop.json('GET', `${S}/deployments/${task.Arguments.DeploymentId}`)
    expect(again).toMatchObject({
      ResumedFrom: null,
      ReleaseId: before.ReleaseId,
      SkipActions: before.SkipActions,
      ExcludedMachineIds: before.ExcludedMachineIds,
      FormValues: before.FormValues,
    })
  })

  it('is found at the place where older clients look for it', async () => {
    const { ServerTaskId } = await deployed('Failed')
    const task = await shop.json('POST', `/api/tasks/rerun/${ServerTaskId}`, {
      key: shop.ada,
      status: 200,
    })
    expect(task.Id).not.toBe(ServerTaskId)
  })

  it('is refused while it runs, and for Ben', async () => {
    const { ServerTaskId } = await deployed('Executing')
    expect((await rerun(ServerTaskId, { status: 400 })).ErrorMessage).toContain(
      'has not ended yet; wait for it, or cancel it.',
    )
    await shop.report(ServerTaskId, 'Failed')
    await rerun(ServerTaskId, { key: shop.ben, status: 403 })
  })

  it('says what of its options is gone', async () => {
    const { ServerTaskId, DeploymentId } = await deployed('Failed', {})
    await shop.rows(
      `UPDATE deployments SET request = json_set(request, '$.specificMachineIds', json('["Machines-77"]')) WHERE id = ?`,
      DeploymentId,
    )
    expect((await rerun(ServerTaskId, { status: 400 })).ErrorMessage).toContain(
      "There is no target 'Machines-77' here.",
    )
  })
})
