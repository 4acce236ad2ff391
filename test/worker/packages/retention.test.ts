import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import { packageRoutes } from '../../../worker/packages/api.ts'
import { sweepPackages } from '../../../worker/packages/sweep.ts'
import { type TestServer, testServer } from '../../support/server.ts'
import { releaseOf } from './releases.ts'
import { addUsers, BEN_KEY, BUILDER_KEY } from './users.ts'

const DAY = 86_400_000
const RETENTION = '/api/Spaces-1/packages/retention'

let server: TestServer
beforeAll(async () => {
  server = await testServer([...bootstrapRoutes, ...packageRoutes])
  await addUsers(server)
  await add('Web', ['1.0.0', '1.1.0', '2.0.0'], 100)
  await add('Web', ['3.0.0'], 1)
  await add('Tool', ['5.0.0'], 400)
  await releaseOf(server, [{ PackageId: 'web', Version: '1.1.0' }])
})
afterAll(() => server.stop())

let added = 0
const add = async (packageId: string, versions: string[], ageDays: number) => {
  for (const version of versions)
    await server.rows(
      `INSERT INTO packages (id, space_id, package_id, version, normalized_version, version_order, is_prerelease,
         extension, size_bytes, sha256, sha1, published_at, published_by)
       VALUES (?, 'Spaces-1', ?, ?, ?, ?, 0, '.zip', 1000, ?, '', ?, 'ada')`,
      `Packages-${900 + added++}`,
      packageId,
      version,
      version,
      version,
      `${added}`.padStart(64, '0'),
      Date.now() - ageDays * DAY,
    )
}

const versions = async () =>
  (
    await server.rows("SELECT package_id || ' ' || version AS name FROM packages ORDER BY name")
  ).map(({ name }) => name)

describe('a retention of 30 days', () => {
  it('lets go of what is old, has a newer version, and is in no release', async () => {
    const report = await server.json('GET', `${RETENTION}?days=30`)
    expect(report).toMatchObject({
      Days: 30,
      TotalCount: 2,
      TotalBytes: 2000,
      Kept: { UsedByReleases: 1, NewestVersions: 1 },
      Younger: 1,
    })
    expect(report.Packages.map(({ Version }: { Version: string }) => Version)).toEqual([
      '1.0.0',
      '2.0.0',
    ])
  })

  it('changes nothing while it is only looked at', async () => {
    const before = await versions()
    await server.json('GET', `${RETENTION}?days=1`)
    expect(await versions()).toEqual(before)
  })

  it.each([0, -1, 1.5, 36_501, '30'])('is refused for %s days', async Days => {
    const response = await server.send('POST', RETENTION, { body: { Days } })
    expect(response.status).toBe(400)
    expect(await versions()).toHaveLength(5)
  })

  it.each([
    ['Ben, who may not', BEN_KEY],
    ['a build server, which only pushes', BUILDER_KEY],
  ])('is not run by %s', async (_, key) => {
    const response = await server.send('POST', RETENTION, { body: { Days: 30 }, key })
    expect(response.status).toBe(403)
    expect(await versions()).toHaveLength(5)
  })

  it('deletes just what was foretold, and records it', async () => {
    const answer = await server.json('POST', RETENTION, { body: { Days: 30 }, status: 200 })
    expect(answer).toEqual({ DeletedCount: 2, DeletedBytes: 2000, IsMoreLeft: false })
    expect(await versions()).toEqual(['Tool 5.0.0', 'Web 1.1.0', 'Web 3.0.0'])
    const [event] = await server.rows(
      "SELECT message, details FROM events WHERE category = 'Deleted' ORDER BY sequence DESC LIMIT 1",
    )
    expect(event?.message).toBe(
      'Retention deleted 2 packages older than 30 days that no release uses',
    )
    expect(JSON.parse(String(event?.details))).toEqual({ packages: ['Web 1.0.0', 'Web 2.0.0'] })
  })
})

describe('build information', () => {
  const env = { STORE: { list: async () => ({ objects: [], truncated: false }) } as never }
  const told = async (packageId: string, version: string, ageDays: number) => {
    await server.rows(
      `INSERT INTO build_information (id, space_id, package_id, version, normalized_version, document, created_at)
       VALUES (?, 'Spaces-1', ?, ?, ?, '{}', ?)`,
      `BuildInformation-${packageId}-${version}`,
      packageId,
      version,
      version.replace('v', ''),
      Date.now() - ageDays * DAY,
    )
  }

  it('goes after a hundred days, unless its package is here or a release took it', async () => {
    await releaseOf(server, [{ PackageId: 'docker/shop', Version: 'v2.0.0' }])
    await told('web', '3.0.0', 900)
    await told('docker/shop', 'v2.0.0', 900)
    await told('docker/shop', '1.9.0', 101)
    await told('docker/shop', '2.1.0', 99)
    await sweepPackages(env, server.db, Date.now())
    const left = await server.rows('SELECT version FROM build_information ORDER BY version')
    expect(left.map(({ version }) => version)).toEqual(['2.1.0', '3.0.0', 'v2.0.0'])
    const [event] = await server.rows(
      "SELECT message, details FROM events WHERE category = 'Deleted' ORDER BY sequence DESC LIMIT 1",
    )
    expect(event?.message).toContain('the build information of 1 package versions')
    expect(JSON.parse(String(event?.details))).toEqual({ packages: ['docker/shop 1.9.0'] })
  })
})

describe('the policy of a space', () => {
  const env = { STORE: { list: async () => ({ objects: [], truncated: false }) } as never }
  const setPolicy = (days: number | null) =>
    server.json('PUT', '/api/Spaces-1/feeds/feeds-builtin', {
      body: {
        Name: 'Packages',
        FeedType: 'BuiltIn',
        DeleteUnreleasedPackagesAfterDays: days,
      },
    })

  it('keeps everything unless somebody says otherwise', async () => {
    await add('Web', ['0.9.0'], 1000)
    await sweepPackages(env, server.db, Date.now())
    expect(await versions()).toContain('Web 0.9.0')
  })

  it('is carried out by the schedule, every four hours', async () => {
    expect((await setPolicy(60)).DeleteUnreleasedPackagesAfterDays).toBe(60)
    await sweepPackages(env, server.db, Date.now() + 3 * 3_600_000)
    expect(await versions()).toContain('Web 0.9.0')
    await sweepPackages(env, server.db, Date.now() + 5 * 3_600_000)
    expect(await versions()).not.toContain('Web 0.9.0')
  })

  it('may be forever again', async () => {
    expect((await setPolicy(null)).DeleteUnreleasedPackagesAfterDays).toBe(null)
  })

  it('is refused when it is no number of days', async () => {
    const response = await server.send('PUT', '/api/Spaces-1/feeds/feeds-builtin', {
      body: { Name: 'Packages', FeedType: 'BuiltIn', DeleteUnreleasedPackagesAfterDays: 0 },
    })
    expect(response.status).toBe(400)
  })
})
