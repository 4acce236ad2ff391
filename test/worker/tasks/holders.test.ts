import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogNode, TaskDetails } from '../../../worker/tasks/log.ts'
import { addUser } from '../../support/cast.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'

type Made = { ServerTaskId: string; DeploymentId: string }

let shop: Shop
let [holder, waiting]: Made[] = []
let text = ''
beforeAll(async () => {
  shop = await openShop({ object: () => ({ details: async () => details() }) })
  await shop.release('1.0.0')
  const queue = async () =>
    (await shop.deploy('1.0.0', ['Staging'])).DeploymentServerTasks[0] as Made
  ;[holder, waiting] = [await queue(), await queue()]
  text = `web-1 is in use by ${holder?.ServerTaskId} (Deploy Shop release 1.0.0 to Staging)`
  await shop.rows(
    "UPDATE tasks SET state = 'Executing', holds_key = 0, waiting_for = ? WHERE id = ?",
    text,
    waiting?.ServerTaskId ?? '',
  )
})
afterAll(() => shop?.stop())

const node = (name: string, more: Partial<LogNode> = {}): LogNode => ({
  node: name,
  name,
  status: 'Running',
  startedAt: 0,
  endedAt: null,
  message: null,
  children: [],
  ...more,
})

/** What the deployment's object knows: the hub tells everybody everything. */
const details = (): TaskDetails => ({
  taskId: waiting?.ServerTaskId ?? '',
  state: 'Executing',
  errorMessage: '',
  hasWarnings: false,
  waitingFor: { text, deploymentId: holder?.DeploymentId ?? null },
  progress: 0,
  logBytes: 0,
  lastSeq: 0,
  tree: node('', {
    children: [
      node('1', {
        children: [
          node('1/Machines-1', {
            notes: [
              {
                type: 'target',
                name: 'web-1',
                heldBy: {
                  taskId: holder?.ServerTaskId ?? '',
                  deploymentId: holder?.DeploymentId ?? '',
                },
              },
            ],
          }),
        ],
      }),
    ],
  }),
  chunks: [],
})

const asked = async (key: string) => {
  const found = await shop.json('GET', `${S}/tasks/${waiting?.ServerTaskId}/details`, { key })
  return {
    waitingFor: found.WaitingFor,
    row: found.ActivityLogs[0].Children[0].Children[0].WaitingFor,
  }
}

describe('a task that waits for a target says in its details, and in the row of the step, behind whom', () => {
  it('with the ids of task and deployment', async () =>
    expect(await asked(shop.ben)).toEqual({
      waitingFor: {
        Text: text,
        TaskId: holder?.ServerTaskId,
        DeploymentId: holder?.DeploymentId,
      },
      row: {
        Target: 'web-1',
        TaskId: holder?.ServerTaskId,
        DeploymentId: holder?.DeploymentId,
      },
    }))

  it('but names nothing that the reader may not see', async () => {
    await shop.rows(
      "UPDATE tasks SET project_id = 'Projects-77' WHERE id = ?",
      holder?.ServerTaskId ?? '',
    )
    const dora = await addUser(shop, 'dora', [
      { role: 'projectviewer', projects: [shop.project.Id] },
    ])
    expect(await asked(dora)).toEqual({
      waitingFor: {
        Text: 'web-1 is in use by a task that you may not see',
        TaskId: null,
        DeploymentId: null,
      },
      row: { Target: 'web-1', TaskId: null, DeploymentId: null },
    })
  })

  it('and nobody who is not there', async () => {
    await shop.rows('DELETE FROM deployments WHERE id = ?', holder?.DeploymentId ?? '')
    await shop.rows('DELETE FROM tasks WHERE id = ?', holder?.ServerTaskId ?? '')
    expect(await asked(shop.ben)).toEqual({
      waitingFor: {
        Text: 'It waits for another task, of which nothing is known any more.',
        TaskId: null,
        DeploymentId: null,
      },
      row: { Target: 'web-1', TaskId: null, DeploymentId: null },
    })
  })
})
