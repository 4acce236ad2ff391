import {
  cacheFileName,
  cacheSearchPatterns,
  displayMavenCoordinates,
  lastPartOfId,
  parseMavenCoordinates,
  parsePackageFileName,
} from '../../runner/substitution/packages/package-name.ts'
import type { VersionFormat } from '../../runner/substitution/versions/version.ts'
import type { Adapter } from './suite.ts'

/** Topics file-name, cache-file-name, search-patterns, path-id and maven-id. */
export const packageNames: Adapter = testCase => {
  const id = testCase.packageId as string
  const format = testCase.format as VersionFormat
  switch (testCase.topic) {
    case 'file-name': {
      const name = parsePackageFileName(testCase.file as string)
      if (!name) return { recognised: false }
      const { id: packageId, version, versionFormat, extension } = name
      return { recognised: true, packageId, version, versionFormat, extension }
    }
    case 'cache-file-name':
      return cacheFileName(
        {
          id,
          version: testCase.version as string,
          versionFormat: format,
          extension: testCase.extension as string,
        },
        '<CACHE>',
      )
    case 'search-patterns': {
      const version = testCase.version as string | undefined
      return cacheSearchPatterns(
        id,
        version === undefined ? undefined : { text: version, format },
        testCase.extensions as string[] | undefined,
      )
    }
    case 'path-id':
      return lastPartOfId(id)
    case 'maven-id': {
      const coordinates = parseMavenCoordinates(testCase.coordinates as string)
      if (!coordinates) return { valid: false }
      return {
        valid: true,
        packaging: null,
        classifier: null,
        ...coordinates,
        display: displayMavenCoordinates(coordinates),
      }
    }
    default:
      throw new Error(`unknown topic ${testCase.topic}`)
  }
}
