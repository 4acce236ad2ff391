import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter } from '../../../worker/deployments/inputs.ts'
import { openShop, S, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.stop())

it('a deployment knows who made it, what came before it and what it changes', async () => {
  const create = async (ReleaseVersion: string, ReleaseNotes: string) =>
    shop.json('POST', `${S}/releases/create/v1`, {
      body: { ProjectName: 'Shop', ReleaseVersion, ReleaseNotes },
    })
  const first = await create('1.0.0', 'First.')
  await create('1.1.0', '')
  await create('1.2.0', 'Quicker.')
  await shop.deploy('1.0.0', ['Staging'])
  await shop.rows(
    `UPDATE dashboard SET success_release_id = ?, success_version = '1.0.0', success_deployment_id = 'Deployments-1'`,
    first.ReleaseId,
  )
  await shop.rows(`UPDATE tasks SET state = 'Success'`)
  const answer = await shop.deploy('1.2.0', ['Staging'])
  const id = answer.DeploymentServerTasks[0].DeploymentId
  const loading = await enter(shop.db, id, Date.now() + 1_000)
  if (loading.type !== 'loaded') throw new Error(loading.type)
  const facts = Object.fromEntries(loading.inputs.facts ?? [])
  expect(facts).toMatchObject({
    'Octopus.Release.Previous.Number': '1.1.0',
    'Octopus.Deployment.CreatedBy.Username': 'ada',
    'Octopus.Deployment.CreatedBy.EmailAddress': '',
    'Octopus.Task.Argument[DeploymentId]': id,
    'Octopus.Deployment.ChangesMarkdown': '### 1.2.0\nQuicker.\n\n### 1.1.0',
    'Octopus.Deployment.WorkItems': '[]',
    'Octopus.Deployment.PackageBuildInformation': '[]',
  })
  expect(JSON.parse(facts['Octopus.Deployment.Changes'] ?? '')).toMatchObject([
    { Version: '1.2.0', ReleaseNotes: 'Quicker.' },
    { Version: '1.1.0', ReleaseNotes: '' },
  ])
})

describe('what a deployment changes', () => {
  const factsOf = async (id: string) => {
    const loading = await enter(shop.db, id, Date.now() + 1_000)
    if (loading.type !== 'loaded') throw new Error(loading.type)
    return Object.fromEntries(loading.inputs.facts ?? [])
  }
  const deployed = async (version: string, ended: string) => {
    const { DeploymentServerTasks } = await shop.deploy(version, ['Staging'])
    const { DeploymentId } = DeploymentServerTasks[0]
    const facts = await factsOf(DeploymentId)
    await shop.rows(
      'UPDATE tasks SET state = ?, started_at = 1 WHERE deployment_id = ?',
      ended,
      DeploymentId,
    )
    return facts
  }
  const release = (ReleaseVersion: string, ReleaseNotes = '') =>
    shop.json('POST', `${S}/releases/create/v1`, {
      body: { ProjectName: 'Shop', ReleaseVersion, ReleaseNotes },
    })

  it('tells the last release here, whatever became of it, apart from the one that stands', async () => {
    await shop.rows(`UPDATE tasks SET state = 'Success', started_at = 1`)
    await release('2.0.0')
    await release('2.1.0')
    await deployed('2.0.0', 'Failed')
    expect(await deployed('2.1.0', 'Success')).toMatchObject({
      'Octopus.Release.PreviousForEnvironment.Number': '2.0.0',
      'Octopus.Release.Previous.Number': '2.0.0',
    })
  })

  it('has no pre-releases in it, and of a pre-release only itself', async () => {
    await release('3.0.0-beta.1', 'Beta.')
    await release('3.0.0+build-7', 'Whole.')
    const changed = async (version: string) =>
      (await deployed(version, 'Success'))['Octopus.Deployment.ChangesMarkdown']
    expect(await changed('3.0.0-beta.1')).toBe('### 3.0.0-beta.1\nBeta.')
    const whole = await changed('3.0.0+build-7')
    expect(whole).toContain('### 3.0.0+build-7\nWhole.')
    expect(whole).toContain('### 2.1.0')
    expect(whole).not.toContain('beta')
  })

  it('has what the builds of its packages told, in the words of the project', async () => {
    const { ReleaseId } = await release('4.0.0', 'New.')
    await shop.rows(
      `INSERT INTO build_information (id, space_id, package_id, version, normalized_version, document, created_at)
       VALUES ('BuildInformation-1', 'Spaces-1', 'Shop.Web', '1.0', '1.0.0', ?, 0)`,
      JSON.stringify({
        BuildNumber: '42',
        VcsRoot: 'https://github.com/shop/web',
        Commits: [{ Id: 'abc1234', Comment: 'Closes #9' }],
      }),
    )
    await shop.rows(
      'UPDATE releases SET selected_packages = ? WHERE id = ?',
      JSON.stringify([
        { ActionName: 'Deploy', PackageReferenceName: '', PackageId: 'shop.web', Version: '1.0' },
      ]),
      ReleaseId,
    )
    const at = `${S}/projects/${shop.project.Id}/deploymentsettings`
    await shop.json('PUT', at, {
      body: {
        ...(await shop.json('GET', at)),
        DeploymentChangesTemplate:
          '#{Octopus.Project.Name} in #{Octopus.Environment.Name}: #{each c in Octopus.Deployment.Changes}#{c.Version} #{each w in c.WorkItems}[#{w.Id}](#{w.LinkUrl})#{/each};#{/each}',
      },
    })
    const facts = await deployed('4.0.0', 'Success')
    expect(facts['Octopus.Deployment.ChangesMarkdown']).toMatch(
      /^Shop in Staging: 4\.0\.0 \[9\]\(https:\/\/github\.com\/shop\/web\/issues\/9\);/,
    )
    expect(JSON.parse(facts['Octopus.Deployment.WorkItems'] ?? '')).toMatchObject([{ Id: '9' }])
    expect(JSON.parse(facts['Octopus.Deployment.PackageBuildInformation'] ?? '')).toMatchObject([
      { PackageId: 'Shop.Web', BuildNumber: '42' },
    ])
  })
})
