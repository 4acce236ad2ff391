import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundlesWith, MAX_NAMES, refuseTooMany } from '../../../worker/variables/together.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from '../releases/shop.ts'

let shop: Shop
let mail: Answer
let search: Answer

/** Straight into the store: what a client would send is too long to be sent for each test. */
const fill = (setId: string, prefix: string, count: number) =>
  shop.rows(
    `WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)
     INSERT INTO variables (id, set_id, position, name, name_key, value)
     SELECT ? || n, ?, n, ? || n, lower(? || n), 'x' FROM counted`,
    count,
    `${setId}-${prefix}`,
    setId,
    prefix,
    prefix,
  )
const include = (sets: Answer[], status = 200): Promise<Answer> =>
  shop.json('PUT', `${S}/projects/${shop.project.Id}`, {
    body: { ...shop.project, IncludedLibraryVariableSetIds: sets.map(({ Id }) => Id) },
    status,
  })
const add = (set: string, Name: string, status = 201, scope: object = {}): Promise<Answer> =>
  shop.json('POST', `/api/variables/${set}/values`, {
    body: { Name, Value: 'x', Scope: scope },
    status,
  })

beforeAll(async () => {
  shop = await openShop()
  const library = (Name: string) =>
    shop.json('POST', '/api/libraryvariablesets', { body: { Name } })
  mail = await library('Mail')
  search = await library('Search')
  await fill(shop.project.VariableSetId, 'Shop.', 9_000)
  await fill(mail.VariableSetId, 'Mail.', 6_000)
  await fill(search.VariableSetId, 'Shop.', 9_000)
})
afterAll(() => shop.stop())

const SAYS = /^Shop and its library sets would have 15,001 variables; a deployment carries 15,000\./

describe('the variables that a deployment carries', () => {
  it('are counted by name, so that the same names in another set add nothing', async () => {
    expect(MAX_NAMES).toBe(15_000)
    await include([mail, search])
    expect((await shop.create({})).ReleaseVersion).toBe('0.0.1')
  })

  it('are refused when one too many is added, to the project or a set of its', async () => {
    const own = await add(shop.project.VariableSetId, 'One.More', 400)
    expect(own.ErrorMessage).toMatch(SAYS)
    expect(own.ErrorMessage).toContain(
      'There are 9,001 in Shop, 9,000 in Search, 6,000 in Mail. Take a set out of the project',
    )
    expect((await add(mail.VariableSetId, 'One.More', 400)).ErrorMessage).toMatch(SAYS)
    await add(shop.project.VariableSetId, 'shop.7', 201, { Environment: ['Environments-1'] })
    await add(mail.VariableSetId, 'Shop.8')
  })

  it('are refused when a set is saved whole, and it stays as it was', async () => {
    const at = `/api/variables/${mail.VariableSetId}`
    const { Variables } = await shop.json('GET', at)
    const body = { Variables: [...Variables, { Name: 'One.More', Value: 'x' }] }
    expect((await shop.json('PUT', at, { body, status: 400 })).ErrorMessage).toMatch(SAYS)
    await shop.json('PUT', at, { body: { Variables } })
  })

  it('are refused when a set is included, or a release made of what was stored before', async () => {
    await include([search])
    await add(mail.VariableSetId, 'One.More')
    expect((await include([mail, search], 400)).ErrorMessage).toMatch(SAYS)
    await shop.rows(
      `UPDATE projects SET settings = json_set(settings, '$.IncludedLibraryVariableSetIds', json(?))`,
      JSON.stringify([mail.Id, search.Id]),
    )
    expect((await shop.create({}, 400)).ErrorMessage).toMatch(SAYS)
    expect(await shop.versions()).toHaveLength(1)
    const bundles = await bundlesWith(shop.db, mail.Id)
    expect(bundles).toEqual([{ project: 'Shop', owners: [shop.project.Id, mail.Id, search.Id] }])
    await expect(refuseTooMany(shop.db, bundles)).rejects.toThrow(SAYS)
  })
})
