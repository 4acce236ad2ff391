import { isoTime } from '../http/values.ts'
import type { PackageRow } from './store.ts'

export type PackageView = { feedId: string; includeNotes: boolean; buildInformation?: unknown }

/** One client reads `ReleaseNotes` as an instant, so it stays null unless asked for. */
export const packageResource = (
  row: PackageRow,
  { feedId, includeNotes, buildInformation }: PackageView,
) => {
  const self = `/api/${row.spaceId}/packages/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    PackageId: row.packageId,
    NuGetPackageId: row.packageId,
    FeedId: feedId,
    NuGetFeedId: feedId,
    Version: row.version,
    Title: row.title || row.packageId,
    Summary: null,
    Description: row.description,
    ReleaseNotes: includeNotes ? row.releaseNotes : null,
    Published: isoTime(row.publishedAt),
    FileExtension: row.extension,
    PackageSizeBytes: row.sizeBytes,
    Hash: row.sha1,
    Sha256: row.sha256,
    ...(buildInformation !== undefined && { PackageVersionBuildInformation: buildInformation }),
    Links: {
      Self: self,
      Raw: `${self}/raw`,
      Feed: `/api/${row.spaceId}/feeds/${feedId}`,
      AllVersions: `/api/${row.spaceId}/packages?nuGetPackageId=${encodeURIComponent(row.packageId)}`,
    },
  }
}
