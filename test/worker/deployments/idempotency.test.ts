import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetAnswers, KEEP_KEYS_MS } from '../../../worker/deployments/idempotency.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await shop.release('1.0.0')
})
afterAll(() => shop?.stop())

const deploy = (key: string, more: object = {}, sent: object = {}) =>
  shop.deploy('1.0.0', ['Staging'], more, { headers: { 'Idempotency-Key': key }, ...sent })
const count = async () => (await shop.rows('SELECT count(*) AS n FROM deployments'))[0]?.n
const only = (answer: Answer) => answer.DeploymentServerTasks[0]

describe('a deployment that is asked for twice', () => {
  it('is created once, and answered alike', async () => {
    const first = await deploy('double click')
    const before = await count()
    expect(await deploy('double click')).toEqual(first)
    expect(await count()).toBe(before)
  })

  it('is created once when both come at the same time', async () => {
    const before = Number(await count())
    const answers = await Promise.all([1, 2, 3, 4].map(() => deploy('at once')))
    expect(new Set(answers.map(each => only(each).DeploymentId)).size).toBe(1)
    expect(await count()).toBe(before + 1)
  })

  it('is another one without a key, with another key, and for another user', async () => {
    const carl = await shop.json('POST', `${S}/deployments/create/untenanted/v1`, {
      headers: { 'Idempotency-Key': 'double click' },
      body: { ProjectName: 'Shop', ReleaseVersion: '1.0.0', EnvironmentNames: ['Staging'] },
    })
    const all = [carl, await deploy('other'), await shop.deploy('1.0.0', ['Staging'])]
    expect(new Set(all.map(each => only(each).DeploymentId)).size).toBe(3)
  })

  it('is refused when the key came with another request', async () => {
    await deploy('mine')
    const before = await count()
    const refusal = await deploy('mine', { Comments: 'changed' }, { status: 409 })
    expect(refusal.ErrorMessage).toBe(
      "The Idempotency-Key 'mine' was used for another request within the last day. Give each request a key of its own, and repeat it only with the very same content.",
    )
    expect(await count()).toBe(before)
  })

  it('is the whole deployment again in the form by ids', async () => {
    const release = (await shop.json('GET', `${S}/releases`)).Items[0]
    const post = () =>
      shop.json('POST', `${S}/deployments`, {
        key: shop.ada,
        headers: { 'Idempotency-Key': 'by ids' },
        body: { ReleaseId: release.Id, EnvironmentId: shop.staging },
      })
    expect(await post()).toEqual(await post())
  })

  it.each([
    ['', 0],
    ['x'.repeat(201), 201],
  ])('is refused with a key like that: %#', async (key, length) => {
    const refusal = await deploy(key, {}, { status: 400 })
    expect(refusal.ErrorMessage).toContain(`this one has ${length}.`)
  })

  it('leaves nothing of its key when it was refused', async () => {
    await deploy('refused', { SkipStepNames: ['Nothing'] }, { status: 400 })
    expect(only(await deploy('refused')).DeploymentId).toMatch(/^Deployments-/)
  })

  it('is remembered for a day', async () => {
    await deploy('old')
    await forgetAnswers(shop.db, Date.now() + KEEP_KEYS_MS - 60_000)
    await deploy('old', { Comments: 'changed' }, { status: 409 })
    await forgetAnswers(shop.db, Date.now() + KEEP_KEYS_MS + 60_000)
    await deploy('old', { Comments: 'changed' })
  })
})
