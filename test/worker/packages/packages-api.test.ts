import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { multipartOf, zipOf } from './archives.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'

let server: PackageServer
const push = async (fileName: string) => {
  const { status, body } = await server.request('POST', '/api/Spaces-1/packages/raw', {
    body: multipartOf([
      { name: 'file', fileName, content: zipOf({ 'a.txt': fileName }) },
    ]) as BodyInit,
    headers: { 'content-type': 'multipart/form-data; boundary=shop-boundary' },
  })
  expect(status).toBe(201)
  return body
}
beforeAll(async () => {
  server = await startPackageServer()
  for (const version of ['1.2.0', '1.10.0', '1.10.0-rc.2', '1.10.0-rc.10', '1.9.5'])
    await push(`Shop.Web.${version}.zip`)
  await push('Shop.Api.2.0.0.zip')
  await push('Other.1.0.0.zip')
})
afterAll(() => server.end())

const get = async (path: string, status = 200) => {
  const answer = await server.request('GET', `/api/Spaces-1${path}`)
  expect(answer.status).toBe(status)
  return answer.body
}
const json = { 'content-type': 'application/json' }
const post = (path: string, body: unknown) =>
  server.request('POST', `/api/Spaces-1${path}`, { body: JSON.stringify(body), headers: json })

describe('the list of packages', () => {
  const names = (body: { Items: { PackageId: string; Version: string }[] }) =>
    body.Items.map(({ PackageId, Version }) => `${PackageId} ${Version}`)

  it('has the newest version of each id first', async () => {
    const body = await get('/packages')
    expect(names(body)).toEqual([
      'Other 1.0.0',
      'Shop.Api 2.0.0',
      'Shop.Web 1.10.0',
      'Shop.Web 1.10.0-rc.10',
      'Shop.Web 1.10.0-rc.2',
      'Shop.Web 1.9.5',
      'Shop.Web 1.2.0',
    ])
    expect(body).toMatchObject({ TotalResults: 7, ItemType: 'Package' })
    expect(body.Items[0].ReleaseNotes).toBeNull()
  })

  it.each([
    { query: 'filter=shop', found: 6 },
    { query: 'filter=nothing', found: 0 },
    { query: 'filter=%25', found: 0 },
    { query: 'nuGetPackageId=shop.web', found: 5 },
    { query: 'latest=true', found: 3 },
    { query: 'filter=shop&latest=true', found: 2 },
    { query: 'ids=Packages-999', found: 0 },
  ])('with $query holds $found', async ({ query, found }) => {
    expect(await get(`/packages?${query}`)).toMatchObject({ TotalResults: found })
  })

  it('comes in pages', async () => {
    const body = await get('/packages?nuGetPackageId=Shop.Web&take=2&skip=2')
    expect(names(body)).toEqual(['Shop.Web 1.10.0-rc.2', 'Shop.Web 1.9.5'])
    expect(body.Links['Page.Next']).toContain('skip=4')
  })

  it('has notes only when asked for', async () => {
    expect((await get('/packages?includeNotes=true')).Items[0].ReleaseNotes).toBe('')
  })
})

describe('one package', () => {
  it.each(['Shop.Web.1.10.0', 'shop.web.1.10.0-RC.10', 'packages-Shop.Web.1.9.5'])(
    'is found as %s',
    async reference => {
      expect((await get(`/packages/${reference}`)).PackageId).toBe('Shop.Web')
    },
  )

  it.each(['Packages-999', 'Shop.Web.7.0.0', 'Nothing', '..%2F..', "'; DROP TABLE packages"])(
    'is not found as %s',
    async reference => {
      expect(await get(`/packages/${reference}`, 404)).not.toHaveProperty('Errors')
    },
  )

  it('is downloaded as an attachment that no browser interprets', async () => {
    const { headers, body } = await server.request('GET', '/api/packages/Other.1.0.0/raw')
    expect(body).toEqual(zipOf({ 'a.txt': 'Other.1.0.0.zip' }))
    expect(headers.get('content-disposition')).toBe('attachment; filename="Other.1.0.0.zip"')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-length')).toBe(String(body.byteLength))
  })

  it('has no delta signature, so clients send the whole file', async () => {
    await get('/packages/Shop.Web/1.9.5/delta-signature', 404)
  })

  it('says its notes among others', async () => {
    expect(
      await get('/packages/notes?packageIds=feeds-builtin:Shop.Web:1.9.5,Nothing:1.0'),
    ).toMatchObject({
      Packages: [
        { PackageId: 'Shop.Web', Version: '1.9.5', Notes: { Succeeded: true } },
        { PackageId: 'Nothing', Version: '1.0', Notes: { Succeeded: false } },
      ],
    })
  })

  it('is deleted, and its record stays', async () => {
    const { Id } = await push('Gone.1.0.0.zip')
    expect((await server.request('DELETE', `/api/packages/${Id}`)).status).toBe(200)
    await get(`/packages/${Id}`, 404)
    expect(
      await server.rows(`SELECT message FROM events WHERE category = 'Deleted' LIMIT 1`),
    ).toEqual([{ message: 'Deleted package Gone 1.0.0' }])
  })

  it('is deleted with others', async () => {
    const [one, two] = [await push('Bulk.1.0.0.zip'), await push('Bulk.1.0.1.zip')]
    await server.request('DELETE', `/api/packages/bulk?ids=${one.Id},${two.Id},Packages-999`)
    expect(await get('/packages?nuGetPackageId=Bulk')).toMatchObject({ TotalResults: 0 })
  })
})

describe('feeds', () => {
  it.each(['/feeds?feedType=BuiltIn&take=1', '/feeds?take=1'])(
    '%s is the built-in one',
    async path => {
      const { Items } = await get(path)
      expect(Items).toMatchObject([{ Id: 'feeds-builtin', FeedType: 'BuiltIn' }])
    },
  )

  it('come as one bare array', async () => {
    expect(await get('/feeds/all')).toMatchObject([{ Id: 'feeds-builtin' }])
  })

  it.each([
    {
      query: 'packageId=Shop.Web',
      found: ['1.10.0', '1.10.0-rc.10', '1.10.0-rc.2', '1.9.5', '1.2.0'],
    },
    { query: 'packageId=Shop.Web&take=1', found: ['1.10.0'] },
    { query: 'packageId=Shop.Web&includePreRelease=false', found: ['1.10.0', '1.9.5', '1.2.0'] },
    {
      query: 'packageId=Shop.Web&versionRange=[1.9,1.10)',
      found: ['1.10.0-rc.10', '1.10.0-rc.2', '1.9.5'],
    },
    { query: 'packageId=Shop.Web&preReleaseTag=^rc', found: ['1.10.0-rc.10', '1.10.0-rc.2'] },
    { query: 'packageId=Nothing', found: [] },
  ])('list versions for $query', async ({ query, found }) => {
    const { Items } = await get(`/feeds/feeds-builtin/packages/versions?${query}`)
    expect(Items.map((item: { Version: string }) => item.Version)).toEqual(found)
  })

  it('list versions as they were published, when a rule goes by that', async () => {
    const by = 'packageId=Shop.Web&versioningStrategy=MostRecentlyPublished&versionTagRegex=rc'
    const { Items } = await get(`/feeds/feeds-builtin/packages/versions?${by}`)
    const times = Items.map((item: { Published: string }) => Date.parse(item.Published))
    expect(Items).toHaveLength(2)
    expect(times).toEqual(times.toSorted((left: number, right: number) => right - left))
  })

  it.each([
    'versionRange=[1',
    'preReleaseTag=(',
    'versioningStrategy=MostRecentlyPublished&versionTagRegex=(',
    'versioningStrategy=Newest',
    'x=1',
  ])('refuse %s', async query => {
    const packageId = query === 'x=1' ? '' : 'packageId=Shop.Web&'
    await get(`/feeds/feeds-builtin/packages/versions?${packageId}${query}`, 400)
  })

  it('find packages by a part of their id', async () => {
    expect(await get('/feeds/feeds-builtin/packages/search?term=shop')).toMatchObject({
      TotalResults: 2,
      Items: [
        { Id: 'Shop.Api', LatestVersion: '2.0.0' },
        { Id: 'Shop.Web', LatestVersion: '1.10.0' },
      ],
    })
  })

  it('of other kinds are kept, their passwords sealed and never shown', async () => {
    const { status, body } = await post('/feeds', {
      name: 'Upstream',
      FeedType: 'NuGet',
      FeedUri: 'https://example.org/v3/index.json',
      Username: 'ada',
      Password: { HasValue: true, NewValue: 'hunter2-secret' },
      EnhancedMode: true,
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ Id: 'Feeds-1', EnhancedMode: true, Password: { HasValue: true } })
    const [row] = await server.rows(`SELECT * FROM feeds WHERE id = 'Feeds-1'`)
    expect(JSON.stringify([body, row])).not.toContain('hunter2')
    expect(JSON.stringify(await get('/feeds/Feeds-1'))).not.toContain('sealed')
    expect((await post('/feeds', { Name: 'UPSTREAM', FeedType: 'NuGet' })).status).toBe(409)
    const changed = await server.request('PUT', '/api/feeds/Feeds-1', {
      body: JSON.stringify({ Name: 'Mirror', FeedType: 'NuGet', Password: { HasValue: true } }),
    })
    expect(changed.body).toMatchObject({ Name: 'Mirror', Password: { HasValue: true } })
    expect((await server.request('DELETE', '/api/feeds/Feeds-1')).status).toBe(200)
  })

  it.each([
    { what: 'a second built-in one', feed: { Name: 'x', FeedType: 'BuiltIn' } },
    { what: 'an unknown type', feed: { Name: 'x', FeedType: 'Floppy' } },
    {
      what: 'a script as address',
      feed: { Name: 'x', FeedType: 'NuGet', FeedUri: 'javascript:1' },
    },
    {
      what: 'a password in the address',
      feed: { Name: 'x', FeedType: 'NuGet', FeedUri: 'https://a:b@c' },
    },
    { what: 'no name', feed: { FeedType: 'NuGet' } },
  ])('refuse $what', async ({ feed }) => {
    expect((await post('/feeds', feed)).status).toBe(400)
  })

  it('keep the built-in one', async () => {
    expect((await server.request('DELETE', '/api/feeds/feeds-builtin')).status).toBe(400)
  })
})

describe('build information', () => {
  const information = (version: string, more: object = {}) => ({
    PackageId: 'Shop.Web',
    Version: version,
    OctopusBuildInformation: {
      BuildEnvironment: 'BitBucket',
      Branch: 'main',
      BuildNumber: '288',
      BuildUrl: 'https://example.org/build/288',
      VcsType: 'Git',
      VcsRoot: 'https://user:secret@example.org/shop/web.git',
      VcsCommitNumber: '314cf2c3',
      Commits: [{ Id: '314cf2c3', Comment: 'SHOP-1 - Ship it' }],
    },
    ...more,
  })

  it('is shown on its package', async () => {
    const { status, body } = await post('/build-information', information('1.9.5'))
    expect(status).toBe(201)
    expect(body).toMatchObject({
      Id: 'BuildInformation-1',
      VcsCommitUrl: 'https://example.org/shop/web/commit/314cf2c3',
      Commits: [{ LinkUrl: 'https://example.org/shop/web/commit/314cf2c3' }],
    })
    const found = await get('/packages/Shop.Web.1.9.5')
    expect(found.PackageVersionBuildInformation).toEqual(body)
    expect(await get('/build-information/BuildInformation-1')).toEqual(body)
    expect(await get('/build-information?packageId=shop.web')).toMatchObject({ TotalResults: 1 })
  })

  it.each([
    { how: 'nothing said', query: '', more: {}, status: 409 },
    {
      how: 'the mode in the body',
      query: '',
      more: { OverwriteMode: 'IgnoreIfExists' },
      status: 200,
    },
    {
      how: 'the mode in the query',
      query: '?overwriteMode=OverwriteExisting',
      more: {},
      status: 200,
    },
    { how: 'an unknown mode', query: '?overwriteMode=Maybe', more: {}, status: 400 },
  ])('pushed again with $how gives $status', async ({ query, more, status }) => {
    await post('/build-information', information('3.0.0'))
    const answer = await post(`/build-information${query}`, information('3.0', more))
    expect(answer.status).toBe(status)
    if (status === 409)
      expect(answer.body.ErrorMessage).toContain(
        'Metadata for the specified Package ID and version already exists.',
      )
  })

  it.each([
    {},
    { PackageId: '', Version: '1', OctopusBuildInformation: {} },
    { PackageId: 'a', Version: '1' },
    { PackageId: 'a', Version: '1', OctopusBuildInformation: { Commits: 'none' } },
    { PackageId: 'a', Version: '1', OctopusBuildInformation: { Branch: 'x'.repeat(501) } },
    [],
  ])('that is wrong is refused: %j', async body => {
    const answer = await post('/build-information', body)
    expect(answer.status).toBe(400)
  })

  it('is deleted', async () => {
    const { body } = await post('/build-information', information('4.0.0'))
    const path = `/api/build-information/${body.Id}`
    expect((await server.request('DELETE', path)).status).toBe(200)
    expect((await server.request('GET', path)).status).toBe(404)
  })
})
