import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.stop())

describe('deployments of a release', () => {
  const deploy = async (
    number: number,
    releaseId: string,
    environmentId: string,
    state: string,
  ) => {
    const { rows } = shop
    await rows(
      `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, deployment_id,
        queued_at, eligible_at, updated_at, completed_at, queued_by)
       VALUES (?, 'Spaces-1', ?, 'Deploy', 'x', ?, ?, ?, 1, 1, 1, 5, 'ada')`,
      `ServerTasks-${number}`,
      number,
      state,
      `k${number}`,
      `Deployments-${number}`,
    )
    await rows(
      `INSERT INTO deployments (id, space_id, number, project_id, release_id, channel_id, environment_id,
        task_id, name, created_at, deployed_by, variable_snapshot_id)
       VALUES (?, 'Spaces-1', ?, ?, ?, 'Channels-1', ?, ?, 'Deploy', 1, 'ada', 'x')`,
      `Deployments-${number}`,
      number,
      shop.project.Id,
      releaseId,
      environmentId,
      `ServerTasks-${number}`,
    )
    const success =
      state === 'Success' ? [`Deployments-${number}`, releaseId, 'v', 5] : [null, null, null, null]
    await rows(
      `INSERT INTO dashboard (project_id, environment_id, space_id, deployment_id, release_id, release_version,
        channel_id, task_id, state, queued_at, success_deployment_id, success_release_id, success_version, success_at)
       VALUES (?, ?, 'Spaces-1', ?, ?, 'v', 'Channels-1', ?, ?, 1, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET deployment_id = excluded.deployment_id, release_id = excluded.release_id,
        task_id = excluded.task_id, state = excluded.state,
        success_deployment_id = coalesce(excluded.success_deployment_id, success_deployment_id),
        success_release_id = coalesce(excluded.success_release_id, success_release_id)`,
      shop.project.Id,
      environmentId,
      `Deployments-${number}`,
      releaseId,
      `ServerTasks-${number}`,
      state,
      ...success,
    )
  }
  const cells = () =>
    shop.rows(
      'SELECT environment_id, deployment_id, success_deployment_id FROM dashboard ORDER BY environment_id',
    )

  it('open the next phase, and go with it when it is deleted', async () => {
    const first = await shop.create({ ReleaseVersion: '30.0.0' })
    const second = await shop.create({ ReleaseVersion: '30.0.1' })
    await deploy(1, first.ReleaseId, 'Environments-1', 'Success')
    await deploy(2, second.ReleaseId, 'Environments-1', 'Success')
    await deploy(3, second.ReleaseId, 'Environments-2', 'Failed')
    const path = `${S}/releases/${second.ReleaseId}`
    expect(await shop.json('GET', `${path}/progression`)).toMatchObject({
      Phases: [
        {
          Progress: 'Complete',
          Deployments: [{ Deployment: { Id: 'Deployments-2' }, Task: { State: 'Success' } }],
        },
        { Progress: 'Current', Blocked: false, Deployments: [{ Task: { State: 'Failed' } }] },
      ],
      NextDeployments: ['Environments-2'],
    })
    expect(await cells()).toMatchObject([
      { environment_id: 'Environments-1', deployment_id: 'Deployments-2' },
      { environment_id: 'Environments-2', deployment_id: 'Deployments-3' },
    ])
    await shop.json('DELETE', path)
    await shop.json('GET', path, { status: 404 })
    expect(await cells()).toEqual([
      {
        environment_id: 'Environments-1',
        deployment_id: 'Deployments-1',
        success_deployment_id: 'Deployments-1',
      },
    ])
    expect(await shop.rows('SELECT id FROM tasks')).toEqual([{ id: 'ServerTasks-1' }])
  })

  it('that run keep it from being deleted', async () => {
    const { ReleaseId } = await shop.create({ ReleaseVersion: '31.0.0' })
    await deploy(11, ReleaseId, 'Environments-1', 'Executing')
    const answer = await shop.json('DELETE', `${S}/releases/${ReleaseId}`, { status: 409 })
    expect(answer.ErrorMessage).toContain('waits or runs; cancel its task first')
    await shop.json('GET', `${S}/releases/${ReleaseId}`)
  })
})
