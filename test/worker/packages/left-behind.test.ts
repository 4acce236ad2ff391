import { afterAll, beforeAll, expect, it } from 'vitest'
import { sweepPackages } from '../../../worker/packages/sweep.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'

const DAY = 86_400_000

/** The object store's listing, by key and age. */
class Store {
  readonly #uploaded = new Map<string, Date>()
  put(key: string) {
    this.#uploaded.set(key, new Date())
  }
  async list({ prefix = '', limit = 1_000, startAfter = '' }) {
    const found = [...this.#uploaded]
      .filter(([key]) => key.startsWith(prefix) && key > startAfter)
      .sort(([left], [right]) => (left < right ? -1 : 1))
    const objects = found.slice(0, limit).map(([key, uploaded]) => ({ key, uploaded }))
    return { objects, truncated: found.length > limit }
  }
  async delete(keys: string | string[]) {
    for (const key of [keys].flat()) this.#uploaded.delete(key)
  }
  get keys() {
    return [...this.#uploaded.keys()].sort()
  }
}

let shop: Shop
const store = new Store()
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.stop())

const sweep = (days: number) =>
  sweepPackages({ STORE: store as never }, shop.db, Date.now() + days * DAY)

const artifact = (deployment: string, key: string) =>
  shop.rows(
    `INSERT INTO artifacts (id, space_id, number, deployment_id, task_id, project_id, environment_id, attempt, step_name,
      name, size_bytes, sha256, storage_key, created_at)
      VALUES ('Artifacts-1', 'Spaces-1', 1, ?, 'ServerTasks-1', 'Projects-1', 'Environments-1', ?, 'One', 'a.txt', 5, 'aa', ?, 0)`,
    deployment,
    `${deployment}:1`,
    key,
  )

it('what deployments left is swept a week after they are gone, and nothing of those that are not', async () => {
  await shop.release('1.0.0')
  const [made] = (await shop.deploy('1.0.0', ['Staging'])).DeploymentServerTasks
  const { DeploymentId: id, ServerTaskId: task } = made
  const kept = [`artifacts/${id}/1/aa`, `logs/${id}`]
  await artifact(id, `artifacts/${id}/1/aa`)
  const orphans = [
    // Its row was never written.
    `artifacts/${id}/1/bb`,
    'artifacts/Deployments-77/1/aa',
    'logs/Deployments-77',
    ...Array.from({ length: 150 }, (_, index) => `artifacts/Deployments-78/${index}/aa`),
  ]
  for (const key of [...kept, ...orphans]) store.put(key)
  // A listing has a hundred; it goes on where it was.
  await sweep(6)
  await sweep(6)
  expect(store.keys).toEqual([...kept, ...orphans].sort())
  await sweep(8)
  await sweep(8)
  expect(store.keys).toEqual(kept)

  await shop.report(task, 'Success')
  await shop.json('DELETE', `${S}/projects/${shop.project.Id}`, { status: 200 })
  await sweep(10)
  expect(store.keys).toEqual([])
})
