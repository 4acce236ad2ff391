import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addAda, addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, type Shop } from '../infrastructure/shop.ts'

describe('the record of who changed what', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(() => shop.stop())

  const list = (query = '', key?: string) =>
    shop.json('GET', `/api/Spaces-1/events?${query}`, key ? { key } : {})
  const messages = (page: Answer) => page.Items.map(({ Message }: Answer) => Message)

  it('names the deed, the one who did it, and how that one was known', async () => {
    const { Items } = await list(`regarding=${shop.staging.Id}`)
    expect(Items).toMatchObject([
      {
        Category: 'Created',
        Message: 'Environment Staging was created',
        UserId: 'Users-1',
        Username: 'admin',
        IsService: false,
        IdentityEstablishedWith: 'API key',
        SpaceId: 'Spaces-1',
        RelatedDocumentIds: [shop.staging.Id],
      },
    ])
    expect(await shop.json('GET', Items[0].Links.Self)).toEqual(Items[0])
  })

  it('is read newest first, page by page, and by filters', async () => {
    expect(messages(await list('take=2'))).toEqual([
      'Environment Production was created',
      'Environment Staging was created',
    ])
    const second = await shop.json('GET', (await list('take=1')).Links['Page.Next'])
    expect(messages(second)).toEqual(['Environment Staging was created'])
    const both = `${shop.staging.Id},${shop.production.Id}`
    expect(messages(await list(`regarding=${both}`))).toEqual([])
    expect(messages(await list(`regardingAny=${both}`))).toHaveLength(2)
    expect(messages(await list('eventCategories=Deleted'))).toEqual([])
    expect(messages(await list('users=Users-99'))).toEqual([])
    expect(messages(await list('to=2001-01-01T00:00:00Z'))).toEqual([])
    expect(messages(await list('from=2001-01-01T00:00:00Z')).length).toBeGreaterThan(1)
    await shop.json('GET', '/api/events?from=yesterday', { status: 400 })
    expect(messages(await list("regarding=' OR 1=1 --"))).toEqual([])
  })

  it('escapes what people typed', async () => {
    const made = await shop.environment('<img src=x onerror="alert(1)">')
    const { Items } = await list(`regarding=${made.Id}`)
    expect(Items[0].MessageHtml).toBe(
      'Environment &lt;img src=x onerror=&quot;alert(1)&quot;&gt; was created',
    )
  })

  it('cannot be changed or thinned out, by anybody', async () => {
    await expect(shop.rows("UPDATE events SET username = 'eve'")).rejects.toThrow('append-only')
    await expect(shop.rows('DELETE FROM events')).rejects.toThrow('append-only')
  })

  it('is narrowed like the role that shows it', async () => {
    const sam = await addUser(shop, 'sam', [
      { role: 'projectviewer', environments: [shop.staging.Id] },
      { role: 'projectviewer', environments: [shop.production.Id], projects: ['Projects-1'] },
    ])
    expect(messages(await list('', sam))).toEqual(['Environment Staging was created'])
  })

  it('shows what belongs to no space only to who holds the right everywhere', async () => {
    const ada = await addAda(shop)
    const everywhere = await shop.json('GET', '/api/events?take=1000')
    const adas = await shop.json('GET', '/api/events?take=1000', { key: ada })
    expect(everywhere.Items.some(({ SpaceId }: Answer) => SpaceId === null)).toBe(true)
    expect(adas.Items.every(({ SpaceId }: Answer) => SpaceId === 'Spaces-1')).toBe(true)
    const hidden = everywhere.Items.find(({ SpaceId }: Answer) => SpaceId === null)
    await shop.json('GET', hidden.Links.Self, { key: ada, status: 404 })
    const publisher = await addUser(shop, 'pia', [{ role: 'packagepublisher' }])
    expect((await shop.send('GET', '/api/events', { key: publisher })).status).toBe(403)
  })
})
