import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../../support/server.ts'
import { addPackage, openShop, S, type Shop, step } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.stop())

describe('creating a release', () => {
  it('counts from 0.0.1 and takes the newest packages', async () => {
    const answer = await shop.create({ Packages: [], GitResources: [], CustomFields: {} })
    expect(answer).toEqual({
      ReleaseId: expect.stringMatching(/^Releases-\d+$/),
      ReleaseVersion: '0.0.1',
    })
    const release = await shop.json('GET', `${S}/releases/${answer.ReleaseId}`)
    expect(release).toMatchObject({
      Version: '0.0.1',
      ProjectId: shop.project.Id,
      SelectedPackages: [
        { ActionName: 'Deploy web', PackageReferenceName: '', Version: '2.1.0-beta.1' },
        { ActionName: 'Deploy web', PackageReferenceName: 'Shop.Api', Version: '1.0.0' },
      ],
      VersionControlReference: null,
      ReleaseNotes: null,
    })
    expect(release.ProjectDeploymentProcessSnapshotId).toMatch(
      /^deploymentprocess-Projects-\d+-s-\d+-[0-9A-Z]+$/,
    )
    expect(release.ProjectVariableSetSnapshotId).toMatch(
      /^variableset-Projects-\d+-s-\d+-[0-9A-Z]+$/,
    )
    const [row] = await shop.rows(
      'SELECT selected_packages FROM releases WHERE id = ?',
      answer.ReleaseId,
    )
    expect(JSON.parse(String(row?.selected_packages))[0]).toMatchObject({
      PackageId: 'Shop.Web',
      Sha256: 'sha-Shop.Web-2.1.0-beta.1',
      Extension: '.zip',
      SizeBytes: 100,
    })
  })

  it.each(['Shop', 'shop', 'SHOP', 'Projects-1'])('finds the project as %s', async ProjectName => {
    expect((await shop.create({ ProjectName })).ReleaseVersion).toMatch(/^0\.0\.\d+$/)
  })

  it('takes the version that is given, and counts on from there', async () => {
    expect((await shop.create({ ReleaseVersion: '5.0.0' })).ReleaseVersion).toBe('5.0.0')
    expect((await shop.create({})).ReleaseVersion).toBe('5.0.1')
    expect((await shop.create({ ReleaseVersion: 'DeleteMe5.0' })).ReleaseVersion).toBe(
      'DeleteMe5.0',
    )
    expect((await shop.create({ ReleaseVersion: '6.0.i' })).ReleaseVersion).toBe('6.0.0')
  })

  it('refuses a version that exists, in any letter case', async () => {
    const before = await shop.versions()
    await shop.create({ ReleaseVersion: 'Twice-1' })
    const { ErrorMessage } = await shop.create({ ReleaseVersion: 'twice-1' }, 409)
    expect(ErrorMessage).toContain('Release Twice-1 of Shop already exists.')
    expect(await shop.versions()).toHaveLength(before.length + 1)
  })

  it('takes a version that looks like the id of another release', async () => {
    const { ReleaseId } = await shop.create({})
    expect((await shop.create({ ReleaseVersion: ReleaseId })).ReleaseVersion).toBe(ReleaseId)
  })

  it('gives the one that exists when told to', async () => {
    const first = await shop.create({ ReleaseVersion: '7.0.0' })
    expect(
      await shop.create({ ReleaseVersion: '7.0.0', IgnoreIfAlreadyExists: true }, 200),
    ).toEqual(first)
  })

  it('counts on for each of several at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => shop.create({})))
    expect(new Set(answers.map(answer => answer.ReleaseVersion)).size).toBe(4)
  })

  it('takes the packages that are named', async () => {
    const { ReleaseId } = await shop.create({
      Packages: ['Shop.Web:1.0', 'Deploy web:Shop.Api:1.0.0'],
    })
    const { SelectedPackages } = await shop.json('GET', `${S}/releases/${ReleaseId}`)
    expect(SelectedPackages[0].Version).toBe('1.0.0')
  })

  it.each([
    { what: 'an unknown project', body: { ProjectName: 'Nothing' }, status: 404 },
    { what: 'no project', body: { ProjectName: '' }, status: 400 },
    {
      what: 'an unknown channel',
      body: { ChannelName: 'Nothing' },
      status: 400,
      says: "There is no channel 'Nothing' in Shop. Known: Default.",
    },
    {
      what: 'a missing package',
      body: { Packages: ['Shop.Web:9.0.0'] },
      status: 400,
      says: 'Step Deploy web: package Shop.Web has no version 9.0.0',
    },
    {
      what: 'a stray package',
      body: { Packages: ['Nothing:1.0'] },
      status: 400,
      says: 'names no step or package',
    },
    {
      what: 'a path as version',
      body: { ReleaseVersion: '../1' },
      status: 400,
      says: 'is no release version',
    },
    { what: 'a version too long', body: { ReleaseVersion: 'a'.repeat(350) }, status: 400 },
    { what: 'a number as version', body: { ReleaseVersion: 5 }, status: 400 },
    { what: 'a Git reference', body: { GitRef: 'main' }, status: 400, says: 'GitRef' },
    { what: 'text as packages', body: { Packages: 'Shop.Web:1.0.0' }, status: 400 },
  ])('with $what is refused and stores nothing', async ({ body, status, says }) => {
    const before = await shop.versions()
    const { ErrorMessage, Errors } = await shop.create(body, status)
    expect(`${ErrorMessage} ${Errors ?? ''}`).toContain(says ?? '')
    expect(await shop.versions()).toEqual(before)
  })

  it('needs the right to', async () => {
    const response = await shop.send('POST', `${S}/releases/create/v1`, {
      key: null,
      body: { ProjectName: 'Shop' },
    })
    expect(response.status).toBe(401)
  })

  it('is not possible in a disabled project', async () => {
    await shop.newProject('Closed', { IsDisabled: true })
    expect((await shop.create({ ProjectName: 'Closed' }, 400)).ErrorMessage).toContain(
      'is disabled',
    )
  })

  it('works without any step', async () => {
    await shop.newProject('Empty')
    expect(await shop.create({ ProjectName: 'Empty' })).toMatchObject({ ReleaseVersion: '0.0.1' })
  })
})

describe('channels', () => {
  let hotfix: Answer
  beforeAll(async () => {
    hotfix = await shop.json('POST', `${S}/channels`, {
      body: {
        Name: 'Hotfix',
        ProjectId: shop.project.Id,
        Rules: [
          {
            VersionRange: '[1.0,2.0)',
            Tag: '^$',
            ActionPackages: [{ DeploymentAction: 'Deploy web', PackageReference: '' }],
          },
        ],
      },
    })
  })

  it('choose among the versions they take', async () => {
    const { ReleaseId } = await shop.create({ ChannelName: 'hotfix' })
    const release = await shop.json('GET', `${S}/releases/${ReleaseId}`)
    expect(release.ChannelId).toBe(hotfix.Id)
    expect(release.SelectedPackages[0].Version).toBe('1.0.0')
    const list = await shop.json('GET', `${S}/channels/${hotfix.Id}/releases`)
    expect(list.Items.map((item: Answer) => item.Id)).toEqual([ReleaseId])
    expect(
      await shop.json('GET', `${S}/projects/Shop/channels/${hotfix.Id}/releases`),
    ).toMatchObject({ TotalResults: 1 })
  })

  it('refuse what they do not take, unless told to ignore the rules', async () => {
    const body = { ChannelName: 'Hotfix', Packages: ['Shop.Web:2.0.0'] }
    expect((await shop.create(body, 400)).ErrorMessage).toContain(
      'Channel Hotfix takes versions in [1.0,2.0) with labels that match ^$ of package Shop.Web',
    )
    const told = { ...body, IgnoreChannelRules: true }
    const refused = await shop.create(told, 400)
    expect(refused.ErrorMessage).toContain(
      'Shop does not let anybody ignore the rules of its channels.',
    )
    const settings = `${S}/projects/${shop.project.Id}`
    const project = await shop.json('GET', settings)
    expect(project.AllowIgnoreChannelRules).toBe(false)
    await shop.json('PUT', settings, { body: { ...project, AllowIgnoreChannelRules: true } })
    const { ReleaseVersion } = await shop.create(told)
    const [event] = await shop.rows(
      'SELECT message, details FROM events ORDER BY rowid DESC LIMIT 1',
    )
    expect(event?.message).toBe(
      `Release ${ReleaseVersion} of Shop was created against the rules of channel Hotfix`,
    )
    expect(JSON.parse(String(event?.details)).ignoredRules).toEqual([
      'Hotfix takes versions in [1.0,2.0) with labels that match ^$ of package Shop.Web in step Deploy web only; 2.0.0 was taken.',
    ])
  })

  it('by publication take what was pushed last', async () => {
    await addPackage(shop, 'Shop.Web', '0.9.0-main.7', 50)
    await addPackage(shop, 'Shop.Web', '0.8.0-main.8', 60)
    const nightly = await shop.json('POST', `${S}/channels`, {
      body: {
        Name: 'Nightly',
        ProjectId: shop.project.Id,
        Rules: [
          {
            VersioningStrategy: 'mostrecentlypublished',
            VersionTagRegex: 'main',
            ActionPackages: [{ DeploymentAction: 'Deploy web', PackageReference: '' }],
          },
        ],
      },
    })
    expect(nightly.Rules).toMatchObject([
      { VersioningStrategy: 'MostRecentlyPublished', VersionTagRegex: 'main', VersionRange: '' },
    ])
    const { ReleaseId } = await shop.create({ ChannelName: 'Nightly' })
    const release = await shop.json('GET', `${S}/releases/${ReleaseId}`)
    expect(release.SelectedPackages[0].Version).toBe('0.8.0-main.8')
  })
})

describe('a release without a channel named', () => {
  const only = (VersionRange: string) => [
    {
      VersionRange,
      Tag: '',
      ActionPackages: [{ DeploymentAction: 'Deploy', PackageReference: '' }],
    },
  ]
  let project: Answer
  let main: Answer
  beforeAll(async () => {
    project = await shop.newProject('Chosen')
    await shop.setSteps([step('Deploy', ['Shop.Web'])], project.Id)
    main = (await shop.json('GET', `${S}/projects/${project.Id}/channels`)).Items[0]
  })
  const rulesOfDefault = async (range: string) =>
    shop.json('PUT', `${S}/channels/${main.Id}`, { body: { ...main, Rules: only(range) } })
  const add = (Name: string, range: string) =>
    shop.json('POST', `${S}/channels`, {
      body: { Name, ProjectId: project.Id, Rules: only(range) },
    })
  const create = async (more: object, status?: number) =>
    shop.create({ ProjectName: 'Chosen', ...more }, status)

  it('goes to the default one, then to the only other that takes its packages', async () => {
    const old = await add('Old', '[1,2)')
    const first = await create({ Packages: ['Shop.Web:1.0.0'] })
    const byDefault = await shop.json('GET', `${S}/releases/${first.ReleaseId}`)
    expect(byDefault.ChannelId).toBe(main.Id)

    await rulesOfDefault('[9,)')
    const { ReleaseId } = await create({})
    expect(await shop.json('GET', `${S}/releases/${ReleaseId}`)).toMatchObject({
      ChannelId: old.Id,
      SelectedPackages: [{ Version: '1.0.0' }],
    })
  })

  it('is refused when none takes them, or several do', async () => {
    const none = await create({ Packages: ['Shop.Web:2.0.0'] }, 400)
    expect(none.ErrorMessage).toContain('Channel Default takes versions in [9,)')
    await add('Older', '[0,2)')
    const several = await create({}, 400)
    expect(several.ErrorMessage).toBe(
      'Several channels take these packages: Old, Older. Name one as ChannelName.',
    )
  })

  it('does not go elsewhere for what no rule is about', async () => {
    const { Errors } = await create({ Packages: ['Shop.Wbe:1.0.0'] }, 400)
    expect(Errors.join()).toContain("'Shop.Wbe:1.0.0' names no step or package")
  })
})

describe('clients that send whole resources', () => {
  it('create a release from ids', async () => {
    const free = await shop.json('GET', `${S}/projects/${shop.project.Id}`)
    await shop.json('PUT', `${S}/projects/${shop.project.Id}`, {
      body: { ...free, AllowIgnoreChannelRules: true },
    })
    const release = await shop.json('POST', `${S}/releases?ignoreChannelRules=true`, {
      body: {
        ProjectId: shop.project.Id,
        ChannelId: null,
        Version: '40.0.0',
        ReleaseNotes: null,
        SelectedPackages: [
          { ActionName: 'Deploy web', PackageReferenceName: '', Version: '2.0.0' },
          { StepName: 'Deploy web', PackageReferenceName: 'Shop.Api', Version: '1.0.0' },
        ],
      },
    })
    expect(release).toMatchObject({ Version: '40.0.0', IgnoreChannelRules: true })
    expect(release.SelectedPackages[0].Version).toBe('2.0.0')
    expect(release.Links.Self).toBe(`${S}/releases/${release.Id}`)
  })
})

describe('projects with their own numbering', () => {
  it('take the version of the donor package', async () => {
    const donor = await shop.newProject('Donated', {
      VersioningStrategy: {
        Template: null,
        DonorPackage: { DeploymentAction: 'Deploy', PackageReference: '' },
      },
    })
    await shop.setSteps([step('Deploy', ['Shop.Web'])], donor.Id)
    const body = { ProjectName: 'Donated', Packages: ['Shop.Web:2.0.0'] }
    expect((await shop.create(body)).ReleaseVersion).toBe('2.0.0')
    await shop.create(body, 409)
    expect((await shop.create({ ...body, IgnoreIfAlreadyExists: true }, 200)).ReleaseVersion).toBe(
      '2.0.0',
    )
  })

  it.each<[what: string, strategy: object, says: string]>([
    [
      'a step that is not there',
      { DonorPackage: { DeploymentAction: 'Gone', PackageReference: '' } },
      "There is no step 'Gone' to take the release version from. Steps with packages: Deploy.",
    ],
    [
      'a package that the step has not',
      { DonorPackage: { DeploymentAction: 'Deploy', PackageReference: 'tools' } },
      "Step Deploy has no package 'tools' to take the release version from.",
    ],
    [
      'a template that cannot be read',
      { Template: '#{if a ==}1#{/if}' },
      'The template for release versions cannot be read',
    ],
  ])('are not set to %s', async (_what, VersioningStrategy, says) => {
    const path = `${S}/projects/Donated/deploymentsettings`
    const before = await shop.json('GET', path)
    const answer = await shop.json('PUT', path, {
      body: { ...before, VersioningStrategy },
      status: 400,
    })
    expect(JSON.stringify(answer)).toContain(says.replaceAll('"', '\\"'))
    expect(await shop.json('GET', path)).toEqual(before)
  })

  it('use unscoped variables and those of the channel, but no secret', async () => {
    const numbered = await shop.newProject('Numbered', {
      VersioningStrategy: { Template: '#{Major}.#{Octopus.Version.NextMinor}.i' },
      ReleaseNotesTemplate: '#{Octopus.Release.Channel.Name} #{Secret}',
    })
    const channels = await shop.json('GET', `${S}/projects/${numbered.Id}/channels`)
    const save = (Variables: object[]) =>
      shop.json('PUT', `${S}/variables/${numbered.VariableSetId}`, { body: { Variables } })
    const channel = { Channel: [channels.Items[0].Id] }
    await save([
      { Name: 'Major', Value: '1' },
      { Name: 'Major', Value: '2', Scope: channel },
      { Name: 'Major', Value: '3', Scope: { Environment: ['Environments-1'] } },
      { Name: 'Secret', Value: 'shown' },
      { Name: 'Secret', Value: 'canary-notes-4', IsSensitive: true, Scope: channel },
    ])
    const { ReleaseId, ReleaseVersion } = await shop.create({ ProjectName: 'Numbered' })
    expect(ReleaseVersion).toBe('2.1.0')
    const release = await shop.json('GET', `${S}/releases/${ReleaseId}`)
    expect(release.ReleaseNotes).toBe('Default #{Secret}')
    const due = async (query: string) => {
      const path = `${S}/projects/${numbered.Id}/deploymentprocesses/template${query}`
      return (await shop.json('GET', path)).NextVersionIncrement
    }
    expect(await due('')).toBe('1.2.0')
    expect(await due(`?channel=${channels.Items[0].Id}`)).toBe('2.2.0')
  })

  it('fill in their template for the notes', async () => {
    const noted = await shop.newProject('Noted', {
      ReleaseNotesTemplate:
        '#{Octopus.Release.Number}: #{each p in Octopus.Release.Package}#{p.PackageId} #{p.Version} (#{p.BuildNumber})#{/each}' +
        '#{each w in Octopus.Release.WorkItems}, closes #{w.Id} at #{w.LinkUrl}#{/each}' +
        '#{each b in Octopus.Release.Builds}, build #{b.BuildNumber} of #{each p in b.Packages}#{p.PackageId}#{/each}#{/each}',
    })
    await shop.setSteps([step('Deploy', ['Shop.Api'])], noted.Id)
    await shop.json('POST', `${S}/build-information`, {
      body: {
        PackageId: 'shop.api',
        Version: '1.0',
        OctopusBuildInformation: {
          BuildNumber: '42',
          VcsRoot: 'https://git.shop.test/api',
          Commits: [{ Id: 'abc1234', Comment: 'Fixes #7' }],
        },
      },
    })
    const { ReleaseId } = await shop.create({ ProjectName: 'Noted' })
    const release = await shop.json('GET', `${S}/releases/${ReleaseId}`)
    expect(release.ReleaseNotes).toBe(
      '0.0.1: Shop.Api 1.0.0 (42), closes 7 at https://git.shop.test/api/issues/7, build 42 of Shop.Api',
    )
  })
})
