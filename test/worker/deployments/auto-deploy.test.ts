import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { autoDeployNext } from '../../../worker/deployments/auto-deploy.ts'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
let patch = 0
let version = ''
beforeAll(async () => {
  shop = await openShop()
  const [lifecycle] = await shop.rows('SELECT id FROM lifecycles')
  const path = `${S}/lifecycles/${lifecycle?.id}`
  const phase = (Name: string, environment: string) => ({
    Name,
    AutomaticDeploymentTargets: [environment],
  })
  const Phases = [phase('Try', shop.staging), phase('Live', shop.production)]
  await shop.json('PUT', path, { body: { ...(await shop.json('GET', path)), Phases } })
})
afterAll(() => shop?.stop())
beforeEach(async () => {
  await shop.rows("UPDATE tasks SET state = 'Failed', completed_at = 2 WHERE completed_at IS NULL")
  shop.asked.length = 0
  version = `1.0.${patch++}`
})

/** The tasks of the release, the oldest first. */
const sent = async (of = version) =>
  (
    await shop.rows(
      `SELECT t.id, t.description, d.deployed_by, d.release_id FROM tasks AS t JOIN deployments AS d ON d.task_id = t.id
        JOIN releases AS r ON r.id = d.release_id WHERE r.version = ? ORDER BY t.number`,
      of,
    )
  ).map(({ id, description, deployed_by, release_id }) => ({
    id: String(id),
    description,
    deployed_by,
    release_id: String(release_id),
  }))
const goOn = async () => {
  const [first] = await sent()
  const release = { id: first?.release_id ?? '' }
  await autoDeployNext(shop.env, { space: { id: 'Spaces-1' }, release }, Date.now())
}

it('a new release goes to the first phase, and on after its success, once', async () => {
  await shop.release(version)
  expect(await sent()).toMatchObject([
    { description: `Deploy Shop release ${version} to Staging`, deployed_by: 'System' },
  ])
  expect(shop.asked).toHaveLength(1)
  await goOn()
  expect(await sent()).toHaveLength(1)
  await shop.report((await sent())[0]?.id ?? '', 'Success')
  await Promise.all([goOn(), goOn(), goOn()])
  expect((await sent()).map(({ description }) => description)).toEqual([
    `Deploy Shop release ${version} to Staging`,
    `Deploy Shop release ${version} to Production`,
  ])
})

it('a release that an administrator calls successful goes on', async () => {
  await shop.release(version)
  const [first] = await sent()
  await shop.report(first?.id ?? '', 'Failed')
  await shop.json('POST', `${S}/tasks/${first?.id}/state`, {
    body: { State: 'Success', Reason: 'The check was wrong' },
    status: 200,
  })
  await goOn()
  expect(await sent()).toHaveLength(2)
})

it('an older release does not take the place of a newer one, and that is recorded once', async () => {
  await shop.release(version)
  const old = version
  await shop.report((await sent())[0]?.id ?? '', 'Success')
  version = `1.0.${patch++}`
  await shop.release(version)
  await shop.report((await sent())[0]?.id ?? '', 'Success')
  await goOn()
  const newer = version
  version = old
  await goOn()
  await goOn()
  expect(await sent()).toHaveLength(1)
  const events = await shop.rows("SELECT message FROM events WHERE category = 'AutoDeploySkipped'")
  expect(events).toEqual([
    {
      message: `Release ${old} was not deployed automatically. Release ${old} is older than ${newer}, which is there or on its way.`,
    },
  ])
})

it('a release that asks for something is not sent, and says what is missing', async () => {
  await shop.variables({
    Name: 'Ticket',
    Value: null,
    Type: 'String',
    Scope: {},
    Prompt: { Label: 'Ticket', Required: true },
  })
  await shop.release(version)
  expect(await sent()).toEqual([])
  const [event] = await shop.rows(
    "SELECT message FROM events WHERE category = 'AutoDeploySkipped' ORDER BY sequence DESC",
  )
  expect(event?.message).toContain('Deploying to Staging needs a value for Ticket; none was given.')
})
