import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid, notFound } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { isoTime } from '../http/values.ts'
import { BUILT_IN, type FeedRow, feedInput, feedResource } from './feed.ts'
import { createFeed, deleteFeed, updateFeedSettings } from './feed-commands.ts'
import { getFeed, listFeeds, repositoryStats, searchPackageIds } from './feed-store.ts'
import { packageResource } from './resource.ts'
import {
  findPackage,
  listPackages,
  newestPackages,
  type PackageRow,
  type PackageVersion,
} from './store.ts'
import { readRule, STRATEGIES } from './version-rule.ts'

const ALL = { skip: 0, take: 10_000 }
const MAX_SHOWN = 1_000

const filterOf = ({ query }: Call) => ({
  ids: query.list('ids'),
  feedType: query.text('feedType'),
  name: query.text('name'),
  partialName: query.text('partialName'),
})

const found = ({ db, space, params }: Call): Promise<FeedRow> =>
  getFeed(db, space.id, params.id ?? '')

const builtIn = async (call: Call): Promise<FeedRow> => {
  const feed = await found(call)
  if (feed.feedType === BUILT_IN) return feed
  throw invalid(
    `Packages of ${feed.name} (${feed.feedType}) cannot be searched yet; only those of the ` +
      'built-in feed can.',
  )
}

const strategyIn = ({ query }: Call) => {
  const asked = query.text('versioningStrategy') ?? 'SemVer'
  const strategy = STRATEGIES.find(each => each.toLowerCase() === asked.toLowerCase())
  if (strategy) return strategy
  throw invalid(`versioningStrategy must be ${STRATEGIES.join(' or ')}; found '${asked}'.`)
}

/** Versions of one package that the query's rule and filter let through, newest first. */
const matching = async (call: Call, packageId: string): Promise<PackageVersion[]> => {
  const { query } = call
  const strategy = strategyIn(call)
  const { problems, takes } = readRule({
    strategy,
    versionRange: query.text('versionRange') ?? '',
    tag: query.text('preReleaseTag') ?? '',
    pattern: query.text('versionTagRegex') ?? '',
  })
  if (problems.length > 0) throw invalid(problems.join(' '))
  const filter = query.text('filter')?.toLowerCase()
  // Unless told otherwise, pre-releases are among them: people look for what they have just pushed.
  const wantsPrereleases =
    query.text('includePreRelease') === undefined || query.flag('includePreRelease')
  const by = strategy === 'MostRecentlyPublished' ? 'publication' : 'version'
  const [rows = []] = await newestPackages(call.db, call.space.id, [packageId], by)
  return rows.filter(
    row =>
      (wantsPrereleases || !row.isPrerelease) &&
      (filter === undefined || row.version.toLowerCase().includes(filter)) &&
      takes(row.version),
  )
}

/** The same versions with their texts, in the same order. */
const whole = async (call: Call, versions: PackageVersion[]): Promise<PackageRow[]> => {
  const ids = versions.map(({ id }) => id)
  const page = { skip: 0, take: Math.max(1, ids.length) }
  const filter = { ids, withNotes: true }
  const { rows } = await listPackages(call.db, call.space.id, filter, page)
  return ids.flatMap(id => rows.find(row => row.id === id) ?? [])
}

const packageIdOf = ({ query }: Call): string => {
  const packageId = query.text('packageId')
  if (packageId === undefined) throw invalid('packageId must name a package.')
  return packageId
}

const versions = async (call: Call) => {
  const feed = await builtIn(call)
  const page = pageOf(call.query)
  const rows = await matching(call, packageIdOf(call))
  const withNotes = call.query.flag('includeReleaseNotes')
  const shown = rows.slice(page.skip, page.skip + Math.min(page.take, MAX_SHOWN))
  const notes = new Map(
    (withNotes ? await whole(call, shown) : []).map(row => [row.id, row.releaseNotes]),
  )
  const items = shown.map(row => ({
    Id: row.id,
    FeedId: feed.id,
    PackageId: row.packageId,
    Version: row.version,
    Title: row.title || row.packageId,
    Published: isoTime(row.publishedAt),
    SizeBytes: row.sizeBytes,
    ReleaseNotes: notes.get(row.id) ?? null,
    Links: { Self: `/api/${row.spaceId}/packages/${row.id}` },
  }))
  return collection(
    'PackageVersion',
    items,
    rows.length,
    { ...page, take: Math.min(page.take, MAX_SHOWN) },
    call.request.url,
  )
}

const search = async (call: Call) => {
  const feed = await builtIn(call)
  const page = pageOf(call.query)
  const term = call.query.text('term') ?? ''
  const { rows, total } = await searchPackageIds(call.db, call.space.id, term, page)
  const items = rows.map(({ packageId, description, latest }) => ({
    Id: packageId,
    Name: packageId,
    Description: description,
    LatestVersion: latest,
    FeedId: feed.id,
    Links: {
      AllVersions: `/api/${call.space.id}/feeds/${feed.id}/packages/versions?packageId=${encodeURIComponent(packageId)}`,
    },
  }))
  return collection('PackageDescription', items, total, page, call.request.url)
}

/** The older search, which one client still uses: one package, its newest version or several. */
const older = async (call: Call) => {
  const feed = await builtIn(call)
  const rows = await matching(call, packageIdOf(call))
  const take = call.query.flag('includeMultipleVersions')
    ? call.query.integer('take', 30, { min: 1, max: 1_000 })
    : 1
  const view = { feedId: feed.id, includeNotes: call.query.flag('includeNotes') }
  return (await whole(call, rows.slice(0, take))).map(row => packageResource(row, view))
}

const notes = async (call: Call): Promise<string> => {
  await builtIn(call)
  const packageId = packageIdOf(call)
  const version = call.query.text('version') ?? ''
  const row = await findPackage(call.db, call.space.id, packageId, version)
  if (!row) throw notFound(`${packageId} ${version}`)
  return row.releaseNotes
}

const space = { area: 'space' } as const

export const feedRoutes: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/feeds',
    permission: 'FeedView',
    summary: 'List feeds',
    handler: async call => {
      const page = pageOf(call.query)
      const { rows, total } = await listFeeds(call.db, call.space.id, filterOf(call), page)
      return collection('Feed', rows.map(feedResource), total, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/feeds',
    permission: 'FeedEdit',
    schema: feedInput,
    summary: 'Add an external feed',
    handler: async call => created(feedResource(await createFeed(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/all',
    permission: 'FeedView',
    summary: 'All feeds',
    handler: async call =>
      (await listFeeds(call.db, call.space.id, filterOf(call), ALL)).rows.map(feedResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/stats',
    permission: 'FeedView',
    summary: 'How much the built-in feed holds',
    handler: async call => {
      const { total, bytes } = await repositoryStats(call.db, call.space.id)
      return { TotalPackages: total, TotalSizeBytes: bytes, IndexStatus: 'UpToDate' }
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/{id}',
    permission: 'FeedView',
    summary: 'Get a feed by id or name',
    handler: async call => feedResource(await found(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/feeds/{id}',
    permission: 'FeedEdit',
    schema: feedInput,
    summary: 'Change a feed',
    handler: async call =>
      feedResource(await updateFeedSettings(call, await found(call), call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/feeds/{id}',
    permission: 'FeedEdit',
    summary: 'Delete an external feed',
    handler: async call => {
      await deleteFeed(call, await found(call))
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/{id}/packages',
    permission: 'FeedView',
    summary: 'Versions of one package, as older clients ask for them',
    handler: older,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/{id}/packages/versions',
    permission: 'FeedView',
    summary: 'Versions of one package, newest first',
    handler: versions,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/{id}/packages/search',
    permission: 'FeedView',
    summary: 'Packages whose id holds a term',
    handler: search,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/feeds/{id}/packages/notes',
    permission: 'FeedView',
    summary: 'Release notes of one version',
    handler: notes,
  }),
]
