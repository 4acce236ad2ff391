import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cacheFileName,
  parsePackageFileName,
} from '../../../../runner/substitution/packages/package-name.ts'

describe('names of package files', () => {
  it.each([
    { path: 'C:\\drop\\Shop.Web.1.2.3.zip', id: 'Shop.Web', version: '1.2.3', extension: '.zip' },
    { path: 'Shop.1.0.0.TAR.GZ', id: 'Shop', version: '1.0.0', extension: '.TAR.GZ' },
    { path: 'Größe.1.0.zip', id: 'Größe', version: '1.0', extension: '.zip' },
    { path: 'site.2.x.zip', id: 'site', version: '2', extension: '.x.zip' },
  ])('reads $path', ({ path, id, version, extension }) => {
    expect(parsePackageFileName(path)).toEqual({ id, version, versionFormat: 'semver', extension })
  })

  it.each([
    '',
    'Shop',
    'Shop.tar.gz',
    '.1.0.zip',
    'Shop..1.0.zip',
    'Shop.1.0.99999999999.zip',
    'Shop@S1.0@0',
    'Shop@S%ZZ@0.zip',
    `${'a'.repeat(600)}.1.0.zip`,
    `a${'.1-1'.repeat(120)}!`,
    `${'a_'.repeat(200)}!`,
  ])('finds no version in %s', path => {
    expect(parsePackageFileName(path)).toBeUndefined()
  })

  it('reads back what it names in a cache', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9%:/\\|?<>"+_-]{1,20}$/)
    fc.assert(
      fc.property(part, part, (id, version) => {
        const name = { id, version, versionFormat: 'maven' as const, extension: '.tar.gz' }
        expect(parsePackageFileName(cacheFileName(name, '0'.repeat(32)))).toEqual(name)
      }),
    )
  })
})
