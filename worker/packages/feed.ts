import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import type { feeds } from './schema.ts'

export type FeedRow = typeof feeds.$inferSelect

export const BUILT_IN = 'BuiltIn'

const FEED_TYPES = [
  BUILT_IN,
  'NuGet',
  'Docker',
  'Maven',
  'GitHub',
  'Helm',
  'OciRegistry',
  'AwsElasticContainerRegistry',
  'AzureContainerRegistry',
  'GoogleContainerRegistry',
  'ArtifactoryGeneric',
  'S3',
  'Npm',
  'PyPi',
  'OctopusProject',
] as const

/** What clients send. Other keys are kept and given back as they came. */
export const feedInput = z.looseObject({
  Name: z.string().trim().min(1, 'the feed needs a name').max(200),
  FeedType: z.enum(FEED_TYPES),
  FeedUri: z.string().trim().max(2_000).nullish(),
  Username: z.string().max(200).nullish(),
  Password: z
    .looseObject({ HasValue: z.boolean().nullish(), NewValue: z.string().max(4_000).nullish() })
    .nullish(),
  /** Of the built-in feed: its retention policy; null keeps everything. */
  DeleteUnreleasedPackagesAfterDays: z.number().int().min(1).max(36_500).nullish(),
})
export type FeedInput = z.output<typeof feedInput>

const SETTINGS_LENGTH = 65_536
const OWN_KEYS = new Set(['id', 'spaceid', 'name', 'feedtype', 'feeduri', 'password', 'links'])

/** Settings as they are stored: what clients sent, without what has a column of its own, and the
 *  sealed password under a key that no client can send. */
export const feedSettings = (input: FeedInput, sealedPassword: string | undefined) => {
  const settings: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(input))
    if (!OWN_KEYS.has(key.toLowerCase()) && !key.startsWith(SEALED)) settings[key] = value
  if (JSON.stringify(settings).length > SETTINGS_LENGTH)
    throw invalid(`The settings of a feed may hold ${SETTINGS_LENGTH} characters.`)
  return sealedPassword === undefined ? settings : { ...settings, [SEALED]: sealedPassword }
}

const SEALED = '$sealedPassword'

const settingsOf = (row: FeedRow): Record<string, unknown> =>
  typeof row.settings === 'object' && row.settings !== null
    ? (row.settings as Record<string, unknown>)
    : {}

export const sealedPasswordOf = (row: FeedRow): string | undefined => {
  const sealed = settingsOf(row)[SEALED]
  return typeof sealed === 'string' ? sealed : undefined
}

/** Web addresses only, and without a password in them. */
export const checkFeedUri = (uri: string): string => {
  if (uri === '') return uri
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalid(`FeedUri must be a web address such as https://…; found '${uri.slice(0, 200)}'.`)
  if (url.username || url.password)
    throw invalid('FeedUri must not hold a name or password; use Username and Password.')
  return uri
}

export const feedResource = (row: FeedRow) => {
  const self = `/api/${row.spaceId}/feeds/${row.id}`
  const isBuiltIn = row.feedType === BUILT_IN
  const { [SEALED]: sealed, ...settings } = settingsOf(row)
  return {
    DownloadAttempts: 5,
    DownloadRetryBackoffSeconds: 10,
    PackageAcquisitionLocationOptions: ['Server', 'ExecutionTarget', 'NotAcquired'],
    ...(isBuiltIn ? { DeleteUnreleasedPackagesAfterDays: null } : { EnhancedMode: false }),
    ...settings,
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    FeedType: row.feedType,
    FeedUri: row.feedUri,
    ...(!isBuiltIn && {
      Username: settings.Username ?? null,
      Password: { HasValue: sealed !== undefined, NewValue: null, Hint: null },
    }),
    Links: {
      Self: self,
      SearchTemplate: `${self}/packages{?packageId,partialMatch,includeMultipleVersions,includeNotes,includePreRelease,versionRange,preReleaseTag,take}`,
      SearchPackagesTemplate: `${self}/packages/search{?term,skip,take}`,
      SearchPackageVersionsTemplate: `${self}/packages/versions{?packageId,take,skip,includePreRelease,versionRange,preReleaseTag,versioningStrategy,versionTagRegex,includeReleaseNotes,filter}`,
      VersionsTemplate: `${self}/packages/versions{?packageId,take,skip}`,
      NotesTemplate: `${self}/packages/notes{?packageId,version}`,
      ...(isBuiltIn && {
        Packages: `/api/${row.spaceId}/packages`,
        BuiltInStatus: `/api/${row.spaceId}/feeds/stats`,
        ApiPush: `/api/${row.spaceId}/packages/raw`,
        NuGetPush: `/${row.spaceId}/nuget/packages`,
      }),
    },
  }
}
