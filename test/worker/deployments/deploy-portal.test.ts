import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployPages } from '../../../worker/deployments/deploy-portal.tsx'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
let path: string
beforeAll(async () => {
  shop = await openShop({ routes: deployPages })
  await shop.release('1.0.0')
  const [release] = await shop.rows('SELECT id FROM releases')
  path = `/releases/${release?.id}/deploy`
})
afterAll(() => shop?.stop())

const send = async (fields: Record<string, string>) => {
  const response = await shop.send('POST', path, {
    key: shop.ada,
    body: new URLSearchParams({ environmentId: shop.staging, ...fields }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(response.status).toBe(303)
  return response.headers.get('location')
}
const keyOf = async () => {
  const form = await shop.send('GET', `${path}?environment=${shop.staging}`, { key: shop.ada })
  const [, key] = /name="key" value="([0-9a-f-]{36})"/.exec(await form.text()) ?? []
  if (key === undefined) throw new Error('the form carries no key')
  return key
}

describe('the form to deploy', () => {
  it('deploys once when it is sent twice, also at the same moment', async () => {
    const key = await keyOf()
    const sent = await Promise.all([send({ key }), send({ key })])
    expect(new Set([...sent, await send({ key })]).size).toBe(1)
    expect(await shop.rows('SELECT id FROM deployments')).toHaveLength(1)
  })

  it('deploys again when it says something else, or is opened anew', async () => {
    const key = await keyOf()
    const [first, second] = [await send({ key }), await send({ key, comments: 'once more' })]
    expect(new Set([first, second, await send({ key: await keyOf() })]).size).toBe(3)
  })
})
