import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectPages } from '../../../worker/projects/portal.tsx'
import { newReleasePages } from '../../../worker/releases/new-release-portal.tsx'
import type { Answer } from '../../support/server.ts'
import { addPackage, openShop, S, type Shop, step } from '../releases/shop.ts'

let shop: Shop
let settings: string
let fields: Record<string, string>
beforeAll(async () => {
  shop = await openShop([...projectPages, ...newReleasePages])
  settings = `/projects/${shop.project.Id}/settings`
  fields = {
    name: 'Shop',
    groupId: shop.project.ProjectGroupId,
    lifecycleId: shop.project.LifecycleId,
  }
})
afterAll(() => shop.stop())

const words = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
const post = async (address: string, sent: Record<string, string>) => {
  const response = await shop.send('POST', address, {
    body: new URLSearchParams(sent).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const to = response.headers.get('location')
  return { status: response.status, to, text: words(await response.text()) }
}
const project = (): Promise<Answer> => shop.json('GET', `${S}/projects/${shop.project.Id}`)
const DONOR = JSON.stringify(['Deploy web', ''])

describe("the version of a project's releases, in its settings", () => {
  it('is that of a package of the process', async () => {
    const html = await (await shop.send('GET', settings)).text()
    expect(words(html)).toContain('Package Shop.Web of Deploy web')
    expect((await post(settings, { ...fields, donor: DONOR, versionTemplate: '1.0.i' })).to).toBe(
      settings,
    )
    expect((await project()).VersioningStrategy).toEqual({
      Template: null,
      DonorPackage: { DeploymentAction: 'Deploy web', PackageReference: null },
      DonorPackageStepId: null,
    })
    expect((await shop.create({ Packages: ['Shop.Web:2.0.0'] })).ReleaseVersion).toBe('2.0.0')
  })

  it('stays so when the step is renamed, and can be taken back to a template', async () => {
    await shop.setSteps([step('Publish', ['Shop.Web'])])
    const page = await (await shop.send('GET', settings)).text()
    expect(words(page)).toContain('Deploy web (not in the process)')
    expect((await post(settings, { ...fields, donor: DONOR })).to).toBe(settings)
    expect((await post(settings, { ...fields, versionTemplate: '3.0.i' })).to).toBe(settings)
    expect((await shop.create({})).ReleaseVersion).toBe('3.0.0')
  })

  it.each<[what: string, sent: Record<string, string>, says: string]>([
    [
      'a step that is not there',
      { donor: JSON.stringify(['Gone', '']) },
      "There is no step 'Gone' to take the release version from.",
    ],
    ['a template that cannot be read', { versionTemplate: '#{if' }, 'cannot be read'],
  ])('is not taken from %s', async (_what, sent, says) => {
    const before = await project()
    const { status, text } = await post(settings, { ...fields, ...sent })
    expect(status).toBe(422)
    expect(text.replaceAll('&#39;', "'")).toContain(says)
    expect(await project()).toEqual(before)
  })
})

it("ignoring a channel's rules is offered only where the project allows it", async () => {
  const [channel] = (await shop.json('GET', `${S}/projects/${shop.project.Id}/channels`)).Items
  const rule = {
    VersionRange: '[1,2)',
    ActionPackages: [{ DeploymentAction: 'Publish', PackageReference: '' }],
  }
  await shop.json('PUT', `${S}/channels/${channel.Id}`, { body: { ...channel, Rules: [rule] } })
  const page = async () =>
    (await shop.send('GET', `/projects/${shop.project.Id}/releases/new`)).text()
  const release = {
    channelId: channel.Id,
    version: '9.0.0',
    ignoreChannelRules: 'true',
  }
  const field = /name="(package:[^"]*)"/.exec(await page())?.[1] ?? ''
  const sent = { ...release, [field]: '2.0.0' }
  const releases = `/projects/${shop.project.Id}/releases`
  expect(await page()).not.toContain('name="ignoreChannelRules"')
  expect((await post(releases, sent)).text).toContain('does not let anybody ignore the rules')
  await post(settings, { ...fields, allowIgnoreChannelRules: 'true' })
  expect((await project()).AllowIgnoreChannelRules).toBe(true)
  expect(await page()).toContain('name="ignoreChannelRules"')
  expect((await post(releases, sent)).to).toMatch(/^\/releases\/Releases-/)
})

it('the form of a release begins with what a rule takes, however far behind it stands', async () => {
  for (let patch = 0; patch < 55; patch++) await addPackage(shop, 'Shop.Web', `3.0.${patch}`)
  await addPackage(shop, 'Shop.Web', '0.1.0-main.1', 60_000)
  const { Id } = await shop.json('POST', `${S}/channels`, {
    body: {
      Name: 'Nightly',
      ProjectId: shop.project.Id,
      Rules: [
        {
          VersioningStrategy: 'MostRecentlyPublished',
          VersionTagRegex: 'main',
          ActionPackages: [{ DeploymentAction: 'Publish', PackageReference: '' }],
        },
      ],
    },
  })
  const path = `/projects/${shop.project.Id}/releases/new?channel=${Id}`
  const html = await (await shop.send('GET', path)).text()
  expect(html).toMatch(/<option value="0\.1\.0-main\.1" selected/)
  expect(html.match(/<option value="3\.0\./g)).toHaveLength(50)
})
