import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop, step } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.stop())

describe('a release', () => {
  let release: Answer
  beforeAll(async () => {
    await shop.create({ ReleaseVersion: '5.0.0' })
    const { ReleaseId } = await shop.create({ ReleaseVersion: '20.0.0', ReleaseNotes: 'First' })
    release = await shop.json('GET', `${S}/releases/${ReleaseId}`)
  })

  it('is found by its version, and listed newest first', async () => {
    expect(await shop.json('GET', `${S}/projects/Shop/releases/20.0.0`)).toEqual(release)
    expect(await shop.json('GET', `${S}/projects/Shop/releases/${release.Id}`)).toEqual(release)
    const { Items } = await shop.json('GET', `${S}/projects/shop/releases?take=2`)
    expect(Items[0].Id).toBe(release.Id)
    expect(await shop.json('GET', `${S}/projects/Shop/releases?searchByVersion=20.`)).toMatchObject(
      { TotalResults: 1 },
    )
    expect(await shop.json('GET', `${S}/releases?ids=${release.Id},Releases-999`)).toMatchObject({
      TotalResults: 1,
    })
  })

  it.each([
    '/releases/Releases-999',
    '/projects/Shop/releases/99',
    '/projects/Nothing/releases',
    '/channels/Channels-999/releases',
  ])('%s is not found', async path => {
    const answer = await shop.json('GET', S + path, { status: 404 })
    expect(answer).not.toHaveProperty('Errors')
  })

  it('has its notes and version edited', async () => {
    const changed = await shop.json('PUT', `${S}/releases/${release.Id}`, {
      body: { ...release, ReleaseNotes: 'Second', Version: '20.0.1' },
    })
    expect(changed).toMatchObject({ ReleaseNotes: 'Second', Version: '20.0.1', Id: release.Id })
    release = changed
  })

  it.each([
    { what: 'another channel', change: { ChannelId: 'Channels-99' }, status: 400 },
    {
      what: 'other packages',
      change: { SelectedPackages: [{ ActionName: 'Deploy web', Version: '1.0.0' }] },
      status: 400,
    },
    { what: 'a version that exists', change: { Version: '5.0.0' }, status: 409 },
    { what: 'a version that is none', change: { Version: 'a b' }, status: 400 },
  ])('is not given $what', async ({ change, status }) => {
    await shop.json('PUT', `${S}/releases/${release.Id}`, {
      body: { ...release, ...change },
      status,
    })
    expect(await shop.json('GET', `${S}/releases/${release.Id}`)).toEqual(release)
  })

  it('says where it may go', async () => {
    const progression = await shop.json('GET', `${S}/releases/${release.Id}/progression`)
    expect(progression).toMatchObject({
      Phases: [
        {
          Name: 'Staging',
          Progress: 'Current',
          Blocked: false,
          Deployments: [],
          OptionalDeploymentTargets: ['Environments-1'],
        },
        { Name: 'Production', Progress: 'Pending', Blocked: true },
      ],
      NextDeployments: ['Environments-1'],
      NextDeploymentsMinimumRequired: 1,
    })
    expect(
      await shop.json('GET', `${S}/releases/${release.Id}/deployments/template`),
    ).toMatchObject({
      PromoteTo: [{ Id: 'Environments-1', Name: 'Staging' }],
      TenantPromotions: [],
      IsDeploymentProcessModified: false,
      IsVariableSetModified: false,
    })
  })

  it('keeps its process when the project goes on', async () => {
    await shop.setSteps([step('Deploy web', ['Shop.Web', 'Shop.Api']), step('Tell', [])])
    const template = await shop.json('GET', `${S}/releases/${release.Id}/deployments/template`)
    expect(template.IsDeploymentProcessModified).toBe(true)
    const after = await shop.json('GET', `${S}/releases/${release.Id}`)
    expect(after.ProjectDeploymentProcessSnapshotId).toBe(
      release.ProjectDeploymentProcessSnapshotId,
    )
    await shop.setSteps([step('Deploy web', ['Shop.Web', 'Shop.Api'])])
  })

  it('takes new variables when asked to', async () => {
    await shop.rows(
      `INSERT INTO variables (id, set_id, position, name, value) VALUES ('v1', ?, 0, 'Greeting', 'Hi')`,
      `variableset-${shop.project.Id}`,
    )
    await shop.rows(
      'UPDATE variable_sets SET version = version + 1 WHERE owner_id = ?',
      shop.project.Id,
    )
    const changed = await shop.json('POST', `${S}/releases/${release.Id}/snapshot-variables`, {
      status: 200,
    })
    expect(changed.ProjectVariableSetSnapshotId).not.toBe(release.ProjectVariableSetSnapshotId)
  })

  it('keeps its packages from being deleted', async () => {
    const answer = await shop.json('DELETE', `${S}/packages/Shop.Api.1.0.0`, { status: 409 })
    expect(answer.ErrorMessage).toContain('Releases need what is to be deleted: Shop ')
    expect(await shop.json('GET', `${S}/releases/${release.Id}/missingpackages`)).toEqual({
      Packages: [],
    })
  })

  it('shows what was told of the builds of its packages', async () => {
    await shop.json('POST', `${S}/build-information`, {
      body: {
        PackageId: 'shop.api',
        Version: '1.0',
        OctopusBuildInformation: { BuildNumber: '42' },
      },
    })
    const { BuildInformation } = await shop.json('GET', `${S}/releases/${release.Id}`)
    expect(BuildInformation).toMatchObject([{ BuildNumber: '42' }])
  })
})
