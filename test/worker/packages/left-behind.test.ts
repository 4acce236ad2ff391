import { afterAll, beforeAll, expect, it } from 'vitest'
import { sweepPackages } from '../../../worker/packages/sweep.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'

const DAY = 86_400_000

let server: PackageServer
beforeAll(async () => {
  server = await startPackageServer()
})
afterAll(() => server.end())

const put = (key: string) => server.store.put(key, 'bytes')
const sweep = (days: number) =>
  sweepPackages({ STORE: server.store as never }, server.db, Date.now() + days * DAY)
const left = async () =>
  (await server.stored()).filter((key: string) => /^(artifacts|logs)\//.test(key)).sort()

it('what deployments left is swept a week after they are gone, and nothing of those that are not', async () => {
  await deployment(1)
  await artifact(1, 'artifacts/Deployments-1/1/aa')
  const kept = ['artifacts/Deployments-1/1/aa', 'logs/Deployments-1']
  const orphans = [
    // Its row was never written.
    'artifacts/Deployments-1/1/bb',
    'artifacts/Deployments-2/1/aa',
    'logs/Deployments-2',
  ]
  for (const key of [...kept, ...orphans]) await put(key)
  await sweep(6)
  expect(await left()).toEqual([...kept, ...orphans].sort())
  await sweep(8)
  expect(await left()).toEqual(kept)
})

it('a deployment leaves nothing when its project is deleted', async () => {
  await server.rows("DELETE FROM deployments WHERE id = 'Deployments-1'")
  await sweep(10)
  expect(await left()).toEqual([])
})

const deployment = async (number: number) => {
  await server.rows('PRAGMA foreign_keys = OFF')
  await server.rows(
    `INSERT INTO deployments (id, space_id, number, project_id, release_id, channel_id, environment_id, task_id, name,
      created_at, deployed_by, variable_snapshot_id)
      VALUES (?, 'Spaces-1', ?, 'Projects-1', 'Releases-1', 'Channels-1', 'Environments-1', ?, 'Deploy', 0, 'Ada', 's')`,
    `Deployments-${number}`,
    number,
    `ServerTasks-${number}`,
  )
}

const artifact = (number: number, key: string) =>
  server.rows(
    `INSERT INTO artifacts (id, space_id, number, deployment_id, task_id, project_id, environment_id, attempt, step_name,
      name, size_bytes, sha256, storage_key, created_at)
      VALUES ('Artifacts-1', 'Spaces-1', 1, ?, 'ServerTasks-1', 'Projects-1', 'Environments-1', ?, 'One', 'a.txt', 5, 'aa', ?, 0)`,
    `Deployments-${number}`,
    `Deployments-${number}:1`,
    key,
  )
