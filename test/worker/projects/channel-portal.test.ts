import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channelPages } from '../../../worker/projects/channel-portal.tsx'
import { addPackage, openShop, S, type Shop, step } from '../releases/shop.ts'

let shop: Shop
let path: string
beforeAll(async () => {
  shop = await openShop(channelPages)
  path = `/projects/${shop.project.Id}/channels`
  await addPackage(shop, 'Shop.Web', '2.0.0-alpha')
  await shop.setSteps([step('Deploy web', ['Shop.Web'])])
})
afterAll(() => shop.stop())

const words = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
const read = async (address: string) => words(await (await shop.send('GET', address)).text())
const post = async (address: string, fields: Record<string, string>) => {
  const response = await shop.send('POST', address, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const to = response.headers.get('location')
  return { status: response.status, to, text: words(await response.text()) }
}
const WEB = JSON.stringify(['Deploy web', ''])
const hotfix = {
  name: 'Hotfix',
  'rule-0-range': '[1.0,2.0)',
  'rule-0-tag': '^$',
  'rule-0-packages': WEB,
}

describe('a channel in the portal', () => {
  it('shows before it is made which versions its rules take', async () => {
    const { status, text } = await post(`${path}/new/try`, hotfix)
    expect(status).toBe(200)
    expect(text).toContain('2.1.0-beta.1 no no no')
    expect(text).toContain('2.0.0 no yes no')
    // The range alone takes it: pre-releases lie before their release.
    expect(text).toContain('2.0.0-alpha yes no no')
    expect(text).toContain('1.0.0 taken when none is named yes yes yes')
    const listed = await shop.json('GET', `${S}/channels`)
    expect(listed.TotalResults).toBe(1)
  })

  it('goes by publication where a rule says so', async () => {
    await addPackage(shop, 'Shop.Web', '0.9.0-main-2', 60_000)
    await addPackage(shop, 'Shop.Web', '0.8.0-main-3', 120_000)
    const fields = {
      ...hotfix,
      'rule-0-strategy': 'MostRecentlyPublished',
      'rule-0-pattern': 'main',
    }
    const { text } = await post(`${path}/new/try`, fields)
    expect(text).toMatch(
      /0\.8\.0-main-3 taken when none is named .{1,60} yes 0\.9\.0-main-2 .{1,60} yes/,
    )
    expect((await post(path, fields)).to).toBe(path)
    expect(await read(path)).toContain(
      'versions that match main, the last published first, for Deploy web',
    )
    const [channel] = (await shop.json('GET', `${S}/channels?partialName=Hotfix`)).Items
    expect(channel.Rules).toMatchObject([{ VersionRange: '', Tag: '', VersionTagRegex: 'main' }])
    await post(`${path}/${channel.Id}/delete`, {})
    await shop.rows("DELETE FROM packages WHERE version LIKE '%main%'")
  })

  it('is made, changed and deleted', async () => {
    expect((await post(path, hotfix)).to).toBe(path)
    expect(await read(path)).toContain(
      'versions in [1.0,2.0) with labels that match ^$ for Deploy web',
    )
    const channel = (await shop.json('GET', `${S}/channels?partialName=Hotfix`)).Items[0]
    expect(channel.Rules).toMatchObject([
      {
        VersionRange: '[1.0,2.0)',
        Tag: '^$',
        ActionPackages: [{ DeploymentAction: 'Deploy web', PackageReference: '' }],
      },
    ])
    const at = `${path}/${channel.Id}`
    expect(await read(at)).toContain('Version rule 1')
    const fields = { ...hotfix, 'rule-0-id': channel.Rules[0].Id, 'rule-0-range': '[1.0,3.0)' }
    expect((await post(at, fields)).to).toBe(path)
    expect((await shop.json('GET', `${S}/channels/${channel.Id}`)).Rules).toMatchObject([
      { Id: channel.Rules[0].Id, VersionRange: '[1.0,3.0)' },
    ])
    expect((await post(`${at}/delete`, {})).to).toBe(path)
    expect(await read(path)).not.toContain('Hotfix')
  })

  it.each<[what: string, fields: Record<string, string>, says: string]>([
    ['without a name', { name: '' }, 'needs a name'],
    ['with a range that is none', { ...hotfix, 'rule-0-range': '[1' }, 'is no version range'],
    ['with a tag that is no expression', { ...hotfix, 'rule-0-tag': '(' }, 'Pre-release tag'],
    ['with the name of another', { name: 'default' }, 'has a channel named default already'],
  ])('is refused %s', async (_what, fields, says) => {
    const { status, text } = await post(path, fields)
    expect(status).toBe(422)
    expect(text).toContain(says)
    expect((await shop.json('GET', `${S}/channels`)).TotalResults).toBe(1)
  })
})

it('the API tells which versions of a package a rule takes', async () => {
  const ask = (query: Record<string, string>, status = 200) =>
    shop.json('GET', `${S}/channels/rule-test/packages?${new URLSearchParams(query)}`, { status })
  const { Items } = await ask({ packageId: 'shop.web', versionRange: '[1.0,2.0)' })
  const verdicts = Items.map((each: { Version: string; IsMatch: boolean }) => [
    each.Version,
    each.IsMatch,
  ])
  expect(verdicts).toEqual([
    ['2.1.0-beta.1', false],
    ['2.0.0', false],
    ['2.0.0-alpha', true],
    ['1.0.0', true],
  ])
  expect(await ask({ packageId: 'nothing' })).toMatchObject({ TotalResults: 0 })
  await ask({ packageId: 'shop.web', versionRange: '[1' }, 400)
  await ask({ versionRange: '[1,2]' }, 400)
})
