import { parseVersion, type VersionFormat } from '../versions/version.ts'

/** What a file name says about the package inside; `version` as written, `extension` with its dot. */
export type PackageFileName = {
  id: string
  version: string
  versionFormat: VersionFormat
  extension: string
}

const MAX_FILE_NAME_LENGTH = 512

/** Reads id, version and extension out of the last part of a path: either the form of the package
 *  cache (`Acme.Web@S1.0@0123ABC.zip`) or `Acme.Web.1.0.0-beta.zip`. `undefined` when there is no
 *  version in it. */
export const parsePackageFileName = (path: string): PackageFileName | undefined => {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  if (name.length > MAX_FILE_NAME_LENGTH) return undefined
  return parseCacheName(name) ?? parseDottedName(name)
}

const FORMAT_LETTERS: Record<string, VersionFormat> = {
  S: 'semver',
  M: 'maven',
  O: 'octopus',
  L: 'lexicographic',
}

const parseCacheName = (name: string): PackageFileName | undefined => {
  const [encodedId = '', versionPart = '', rest = '', ...more] = name.split('@')
  const versionFormat = FORMAT_LETTERS[versionPart.slice(0, 1)]
  const dot = rest.indexOf('.')
  if (more.length > 0 || !versionFormat || dot === -1) return undefined
  const [id, version] = [decode(encodedId), decode(versionPart.slice(1))]
  if (!id || !version || !parseVersion(version, versionFormat)) return undefined
  return { id, version, versionFormat, extension: rest.slice(dot) }
}

const TAR = /\.tar(?:\.[a-z0-9]+)?$/i
const ID = /^[\p{L}\p{M}\p{Nd}\p{Pc}]+(?:[.-][\p{L}\p{M}\p{Nd}\p{Pc}]+)*$/u
const VERSION =
  /^\d+(?:\.\d+){0,3}(?:-[0-9a-z-]+(?:\.[0-9a-z-]+)*)?(?:\+[0-9a-z-]+(?:\.[0-9a-z-]+)*)?/i
const VERSION_AND_EXTENSION = new RegExp(`(${VERSION.source})((?:\\.[a-z0-9]+)+)$`, 'i')
const WHOLE_VERSION = new RegExp(`(${VERSION.source})$`, 'i')

/** The id is the shortest that leaves a version, so the first dot that has a number after it
 *  decides; what is glued to the number by a letter or a dash goes to the id. */
const parseDottedName = (name: string): PackageFileName | undefined => {
  const tar = TAR.exec(name)?.[0]
  const stem = tar === undefined ? name : name.slice(0, -tar.length)
  for (let dot = stem.indexOf('.'); dot !== -1; dot = stem.indexOf('.', dot + 1)) {
    const match = (tar === undefined ? VERSION_AND_EXTENSION : WHOLE_VERSION).exec(
      stem.slice(dot + 1),
    )
    const id = stem.slice(0, dot)
    if (!match || !ID.test(id)) continue
    const [, version = '', extension = tar ?? ''] = match
    if (!parseVersion(version, 'semver')) return undefined
    return { id, version, versionFormat: 'semver', extension }
  }
  return undefined
}

/** Just what no file system takes in a name, and the separator itself, are escaped. */
const encode = (text: string): string =>
  text.replace(
    /[%<>:"/\\|?@]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const letterOf = (format: VersionFormat): string =>
  Object.entries(FORMAT_LETTERS).find(([, named]) => named === format)?.[0] ?? 'O'

/** The name under which a package lies in a cache. `unique` are 32 hexadecimal digits that keep two
 *  downloads of the same package apart. */
export const cacheFileName = (name: PackageFileName, unique: string): string =>
  `${encode(name.id)}@${letterOf(name.versionFormat)}${encode(name.version)}@${unique}${name.extension}`

/** File patterns that find a package in a cache: any version without a version, any extension
 *  without extensions. */
export const cacheSearchPatterns = (
  id: string,
  version?: { text: string; format: VersionFormat },
  extensions: readonly string[] = ['*'],
): string[] => {
  const versionPart = version ? `${letterOf(version.format)}${encode(version.text)}` : '*'
  return extensions.map(extension => `${encode(id)}@${versionPart}@*${extension}`)
}

/** The last part of an id that is a path, such as `charts/stable/web`. */
export const lastPartOfId = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** Coordinates of a Maven artifact. */
export type MavenCoordinates = {
  group: string
  artifact: string
  version: string
  packaging?: string
  classifier?: string
}

/** Reads `group:artifact:version[:packaging[:classifier]]`. */
export const parseMavenCoordinates = (text: string): MavenCoordinates | undefined => {
  const parts = text.split(':')
  const [group, artifact, version, packaging, classifier] = parts
  if (parts.length > 5 || parts.includes('') || !group || !artifact || !version) return undefined
  return {
    group,
    artifact,
    version,
    ...(packaging && { packaging }),
    ...(classifier && { classifier }),
  }
}

/** The coordinates without their version, as people know the artifact. */
export const displayMavenCoordinates = (coordinates: MavenCoordinates): string =>
  [coordinates.group, coordinates.artifact, coordinates.packaging, coordinates.classifier]
    .filter(part => part !== undefined)
    .join(':')
