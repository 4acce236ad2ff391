import { FilterProblem } from '../errors.ts'
import { parseVersion, type Version } from '../versions/version.ts'
import { type Filter, plain } from './filter.ts'

const part = (read: (version: Version) => string | number): Filter =>
  plain(input => {
    const version = parseVersion(input, 'octopus')
    if (!version) throw new FilterProblem(`'${input.slice(0, 100)}' is no version.`)
    return String(read(version))
  })

/** Parts of a release number. */
export const VERSION_FILTERS: Record<string, Filter> = {
  VersionMajor: part(version => version.major),
  VersionMinor: part(version => version.minor),
  VersionPatch: part(version => version.patch),
  VersionRevision: part(version => version.revision),
  VersionPreRelease: part(version => version.preRelease),
  VersionPreReleasePrefix: part(version => version.preReleasePrefix),
  VersionPreReleaseCounter: part(version => version.preReleaseCounter),
  VersionMetadata: part(version => version.metadata),
}
