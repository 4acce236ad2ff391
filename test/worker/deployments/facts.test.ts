import { afterAll, beforeAll, expect, it } from 'vitest'
import { enter } from '../../../worker/deployments/inputs.ts'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.stop())

it('a deployment knows who made it, what came before it and what it changes', async () => {
  const create = async (ReleaseVersion: string, ReleaseNotes: string) =>
    shop.json('POST', `${S}/releases/create/v1`, {
      body: { ProjectName: 'Shop', ReleaseVersion, ReleaseNotes },
    })
  const first = await create('1.0.0', 'First.')
  await create('1.1.0', '')
  await create('1.2.0', 'Quicker.')
  await shop.deploy('1.0.0', ['Staging'])
  await shop.rows(
    `UPDATE dashboard SET success_release_id = ?, success_version = '1.0.0', success_deployment_id = 'Deployments-1'`,
    first.ReleaseId,
  )
  await shop.rows(`UPDATE tasks SET state = 'Success'`)
  const answer = await shop.deploy('1.2.0', ['Staging'])
  const id = answer.DeploymentServerTasks[0].DeploymentId
  const loading = await enter(shop.db, id, Date.now() + 1_000)
  if (loading.type !== 'loaded') throw new Error(loading.type)
  const facts = Object.fromEntries(loading.inputs.facts ?? [])
  expect(facts).toMatchObject({
    'Octopus.Release.Previous.Number': '1.1.0',
    'Octopus.Deployment.CreatedBy.Username': 'ada',
    'Octopus.Deployment.CreatedBy.EmailAddress': '',
    'Octopus.Task.Argument[DeploymentId]': id,
    'Octopus.Deployment.ChangesMarkdown': '### 1.2.0\nQuicker.\n\n### 1.1.0',
  })
  expect(JSON.parse(facts['Octopus.Deployment.Changes'] ?? '')).toMatchObject([
    { Version: '1.2.0', ReleaseNotes: 'Quicker.' },
    { Version: '1.1.0', ReleaseNotes: '' },
  ])
})
