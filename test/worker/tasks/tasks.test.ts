import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await shop.release('1.0.0')
})
afterAll(() => shop?.stop())

/** Ends what other tests left, so that nothing stands in the way. */
beforeEach(async () => {
  await shop.rows("UPDATE tasks SET state = 'Success', completed_at = 2 WHERE completed_at IS NULL")
  shop.asked.length = 0
  shop.cancelReply.type = 'cancelling'
})

const queue = async (
  more: object = {},
): Promise<{ DeploymentId: string; ServerTaskId: string }> => {
  const made = await shop.deploy('1.0.0', ['Staging'], more)
  shop.asked.length = 0
  return made.DeploymentServerTasks[0]
}
const list = async (query: string) =>
  (await shop.json('GET', `${S}/tasks?${query}`)).Items.map((item: Answer) => item.Id)

describe('tasks', () => {
  it('are listed newest first and filtered', async () => {
    const first = (await queue()).ServerTaskId
    await shop.report(first, 'Failed')
    const second = (await queue()).ServerTaskId
    expect(await list('take=2')).toEqual([second, first])
    expect(await list('states=failed&take=1')).toEqual([first])
    expect(await list('active=true')).toEqual([second])
    expect(await list('running=true')).toEqual([])
    expect(await list(`environment=${shop.production}`)).toEqual([])
    expect(await list(`ids=${first}`)).toEqual([first])
    expect(await list('ids=ServerTasks-999')).toEqual([])
    expect(await list('name=Nothing')).toEqual([])
    const refusal = await shop.json('GET', `${S}/tasks?states=Sleeping`, { status: 400 })
    expect(refusal.ErrorMessage).toContain("'Sleeping' is no task state; use Queued, Executing")
  })

  it('say what they wait for', async () => {
    const first = (await queue()).ServerTaskId
    const second = (await queue()).ServerTaskId
    const behind = await shop.json('GET', `${S}/tasks/${second}/queued-behind`)
    expect(behind.Items.map((task: Answer) => task.Id)).toEqual([first])
    expect((await shop.json('GET', `${S}/tasks/${first}/queued-behind`)).Items).toEqual([])
  })

  it('are found without a space in the address, with their log', async () => {
    const { DeploymentId, ServerTaskId } = await queue()
    expect(await shop.json('GET', `/api/tasks/${ServerTaskId.toLowerCase()}`)).toMatchObject({
      Id: ServerTaskId,
    })
    const raw = await shop.send('GET', `/api/tasks/${ServerTaskId}/raw`)
    expect(await raw.text()).toBe(`log of ${DeploymentId}`)
    expect(raw.headers.get('content-security-policy')).toContain('sandbox')
    const details = await shop.json('GET', `/api/tasks/${ServerTaskId}/details`)
    expect(details).toMatchObject({ Task: { Id: ServerTaskId }, ActivityLogs: [] })
  })
})

describe('cancelling', () => {
  const cancel = (id: string, sent: object = {}) =>
    shop.json('POST', `/api/tasks/${id}/cancel`, { key: shop.ada, status: 200, ...sent })
  const cancellations = async () =>
    (await shop.rows("SELECT count(*) AS n FROM events WHERE category = 'TaskCanceled'"))[0]?.n

  it('a waiting task ends it at once, on the dashboard too', async () => {
    const { DeploymentId, ServerTaskId } = await queue()
    expect(await cancel(ServerTaskId)).toMatchObject({
      State: 'Canceled',
      IsCompleted: true,
      FinishedSuccessfully: false,
      ErrorMessage: 'Canceled before it started.',
    })
    expect(shop.asked).toEqual([])
    const [cell] = await shop.rows('SELECT * FROM dashboard WHERE deployment_id = ?', DeploymentId)
    expect(cell).toMatchObject({ state: 'Canceled' })
  })

  it('a running task asks its deployment, and answers before the row has changed', async () => {
    const { DeploymentId, ServerTaskId } = await queue()
    await shop.report(ServerTaskId, 'Executing')
    expect(await cancel(ServerTaskId)).toMatchObject({ State: 'Cancelling', IsCompleted: false })
    expect(shop.asked).toEqual([`cancel ${DeploymentId}: Canceled by ada`])
  })

  it('a task whose deployment has ended in the meantime leaves its row alone', async () => {
    const { ServerTaskId } = await queue()
    await shop.report(ServerTaskId, 'Executing')
    shop.cancelReply.type = 'ended'
    expect(await cancel(ServerTaskId)).toMatchObject({ State: 'Executing' })
  })

  it('what has ended changes nothing and is not recorded', async () => {
    const { ServerTaskId } = await queue()
    await shop.report(ServerTaskId, 'Failed')
    const before = await cancellations()
    expect(await cancel(ServerTaskId)).toMatchObject({ State: 'Failed' })
    expect(await cancellations()).toBe(before)
    expect(shop.asked).toEqual([])
  })

  it('twice is recorded once for a waiting task', async () => {
    const { ServerTaskId } = await queue()
    const before = Number(await cancellations())
    await Promise.all([cancel(ServerTaskId), cancel(ServerTaskId)])
    expect(await cancellations()).toBe(before + 1)
    expect(shop.asked).toEqual([])
  })

  it('is not for Ben, and not for what is not there', async () => {
    const { ServerTaskId } = await queue()
    await cancel(ServerTaskId, { key: shop.ben, status: 403 })
    await cancel('ServerTasks-999', { status: 404 })
    expect(await shop.json('GET', `/api/tasks/${ServerTaskId}`)).toMatchObject({ State: 'Queued' })
  })
})
