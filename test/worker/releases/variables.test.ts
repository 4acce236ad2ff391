import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releasePages } from '../../../worker/releases/portal.tsx'
import { addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
let release: Answer
const canary = 'canary-change-62'

const save = (Variables: object[]): Promise<Answer> =>
  shop.json('PUT', `${S}/variables/${shop.project.VariableSetId}`, { body: { Variables } })

beforeAll(async () => {
  shop = await openShop(releasePages)
  const only = (id: string) => ({ Scope: { Environment: [id] } })
  const saved = await save([
    { Name: 'Url', Value: 'old' },
    { Name: 'Password', Value: `${canary}-old`, IsSensitive: true },
    { Name: 'Gone', Value: 'x', ...only('Environments-2') },
    { Name: 'Same', Value: 'y' },
    { Name: 'Made', Value: '#{Password | ToBase64}' },
  ])
  release = await shop.create({ ReleaseVersion: '7.0.0' })
  const [url, password, , same, made] = saved.Variables
  await save([
    { ...url, Value: 'new', Scope: { Environment: ['Environments-1'] } },
    { ...password, Value: `${canary}-new` },
    same,
    made,
    { Name: 'Added', Value: 'z' },
  ])
})
afterAll(() => shop.stop())

const changes = (sent: object = {}): Promise<Answer> =>
  shop.json('GET', `${S}/releases/${release.ReleaseId}/variables/changes`, sent)

describe('what has become of frozen variables', () => {
  it('is told by name, of secrets only that they differ', async () => {
    const { Items } = await changes()
    expect(Items).toEqual([
      { Name: 'Added', Change: 'Added', Before: null, After: side('z') },
      {
        Name: 'Gone',
        Change: 'Removed',
        Before: side('x', { Environment: ['Environments-2'] }),
        After: null,
      },
      {
        Name: 'Password',
        Change: 'Changed',
        Before: { Value: null, IsSensitive: true, Scope: {} },
        After: { Value: null, IsSensitive: true, Scope: {} },
      },
      {
        Name: 'Url',
        Change: 'Changed',
        Before: side('old'),
        After: side('new', { Environment: ['Environments-1'] }),
      },
    ])
  })

  it('is told only as far as the reader may see it', async () => {
    const sam = await addUser(shop, 'sam', [
      { role: 'projectlead', environments: ['Environments-1'] },
    ])
    const { Items } = await changes({ key: sam })
    expect(Items.map((each: { Name: string }) => each.Name)).not.toContain('Gone')
  })

  it('stands on a page, as does what was frozen, without a secret', async () => {
    const read = async (query: string) => {
      const path = `/releases/${release.ReleaseId}/variables${query}`
      const response = await shop.send('GET', path)
      expect(response.status).toBe(200)
      return (await response.text()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    }
    const frozen = await read('')
    for (const text of ['Url old', 'Gone x', 'Password Sensitive, not shown'])
      expect(frozen).toContain(text)
    expect(await read('?filter=url')).not.toContain('Gone')
    const changed = await read('?show=changes')
    for (const text of ['Url Changed old', 'Gone Removed x', 'Added Added'])
      expect(changed).toContain(text)
    expect(frozen + changed + (await read('?show=changes&filter=nothing'))).not.toContain(canary)
  })

  it('is nothing once the release has taken the variables as they are now', async () => {
    await shop.json('POST', `${S}/releases/${release.ReleaseId}/snapshot-variables`, {
      status: 200,
    })
    expect((await changes()).TotalResults).toBe(0)
  })
})

const side = (Value: string, Scope: object = {}) => ({ Value, IsSensitive: false, Scope })
