import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyMask, isMask } from '../../../../runner/substitution/versions/mask.ts'
import { isInRange, parseVersionRange } from '../../../../runner/substitution/versions/range.ts'
import {
  admits,
  latestAdmitted,
  parseVersionRule,
} from '../../../../runner/substitution/versions/rule.ts'
import {
  compareVersions,
  latestVersion,
  parseVersion,
  type Version,
  type VersionFormat,
} from '../../../../runner/substitution/versions/version.ts'

const FORMATS: VersionFormat[] = ['semver', 'octopus', 'docker', 'maven', 'lexicographic']

const read = (text: string, format: VersionFormat): Version => {
  const version = parseVersion(text, format)
  if (!version) throw new Error(`'${text}' is no ${format} version`)
  return version
}

const versionTexts = fc
  .array(
    fc.constantFrom(
      ...['0', '1', '2', '10', '01', '20240501123456', 'a', 'alpha', 'Beta', 'rc', 'snapshot'],
      ...['sp', 'final', '.', '.', '.', '-', '-', '_', '+', 'v', ' '],
    ),
    { maxLength: 9 },
  )
  .map(parts => parts.join(''))

describe.each(FORMATS)('versions in the format %s', format => {
  const versions = versionTexts
    .map(text => parseVersion(text, format))
    .filter((version): version is Version => version !== undefined)

  it('have one order: turned round, and through a third', () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, c) => {
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0)
        expect(compareVersions(a, a)).toBe(0)
        // Maven's own order has circles among odd texts, such as an empty one.
        if (format === 'maven') return
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('read back from their text as themselves', () => {
    fc.assert(
      fc.property(versions, version => {
        expect(parseVersion(version.text, format)).toEqual(version)
      }),
    )
  })

  it('are no longer than a thousand characters', () => {
    expect(parseVersion(`1.0-${'a'.repeat(1_000)}`, format)).toBeUndefined()
  })
})

describe('versions', () => {
  it.each([
    { format: 'semver', left: '1.0.0-20240501123456', right: '1.0.0-3' },
    { format: 'octopus', left: '1.0-ci.20240501123457', right: '1.0-ci.20240501123456' },
    { format: 'maven', left: '20240501123457', right: '20240501123456' },
  ] as const)('$left is above $right, beyond 32 bits', ({ format, left, right }) => {
    expect(compareVersions(read(left, format), read(right, format))).toBe(1)
  })

  it('of equal ones the first is the latest', () => {
    const versions = ['1.0', '1.0.0', '0.9'].map(text => read(text, 'semver'))
    expect(latestVersion(versions)?.text).toBe('1.0')
    expect(latestVersion([])).toBeUndefined()
  })

  it('1 2 is no release number', () => {
    expect(parseVersion('1 2', 'octopus')).toBeUndefined()
  })
})

describe('masks', () => {
  it.each([
    { text: '1.2.i', mask: true },
    { text: '1.2.3-beta.i', mask: true },
    { text: '1.2.3', mask: false },
    { text: '1.2.3-beta', mask: false },
    { text: 'i nothing', mask: false },
  ])('$text: $mask', ({ text, mask }) => expect(isMask(text)).toBe(mask))

  it('goes on with counters of any size', () => {
    const current = read('1.0-ci.99999999999999999999', 'octopus')
    expect(applyMask('1.0-ci.i', current)?.text).toBe('1.0-ci.100000000000000000000')
  })

  it('has no version after the last number', () => {
    expect(applyMask('i', read('2147483647', 'octopus'))).toBeUndefined()
  })
})

describe('ranges and rules', () => {
  it.each(['(1.0)', '[2.0,1.0]', '1.*', '[1.0,2.0', '[[1.0]]', '[1.0 2.0]', '[a,b]'])(
    'refuses the range %s',
    text => expect(parseVersionRange(text, 'semver')).toBeUndefined(),
  )

  it('reads ranges for Docker tags as for packages', () => {
    const range = parseVersionRange('[3.9,3.20)', 'docker')
    const tags = ['3.8', '3.9', '3.19-alpine', '3.20', 'latest'].map(tag => read(tag, 'docker'))
    expect(range && tags.filter(tag => isInRange(tag, range)).map(tag => tag.text)).toEqual([
      '3.9',
      '3.19-alpine',
    ])
  })

  it.each([
    {
      fields: { range: '[2,', tag: '' },
      problem:
        "'[2,' is no version range; write for instance [1.0,2.0) for 1.0 up to, but without, 2.0.",
    },
    {
      fields: { range: '', tag: 'a(?=b)' },
      problem:
        'Pre-release tag: A lookahead other than right after a leading ^ is not supported in regular expressions, because patterns must match in linear time; move it to the front, as in ^(?!beta).+.',
    },
  ])('says what is wrong with $fields', ({ fields, problem }) => {
    expect(parseVersionRule(fields, 'semver')).toEqual({ problem })
  })

  it('takes the latest that passes both', () => {
    const rule = parseVersionRule({ range: '[1.0,2.0)', tag: '^$' }, 'semver')
    if ('problem' in rule) throw new Error(rule.problem)
    const versions = ['1.0', '1.5', '1.6-beta', '2.0'].map(text => read(text, 'semver'))
    expect(versions.map(version => admits(rule, version))).toEqual([true, true, false, false])
    expect(latestAdmitted(rule, versions)?.text).toBe('1.5')
  })
})
