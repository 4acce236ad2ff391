import { describe, expect, it } from 'vitest'
import type { Strategy } from '../../../worker/packages/version-rule.ts'
import { readSteps } from '../../../worker/projects/process.ts'
import { brokenRules } from '../../../worker/releases/channel-rules.ts'
import {
  type Candidate,
  needsOf,
  type PackageNeed,
  type SelectionRequest,
  selectPackages,
} from '../../../worker/releases/package-selection.ts'
import { parsePackageSpecs } from '../../../worker/releases/package-spec.ts'

const web: PackageNeed = {
  stepName: 'Deploy web',
  actionName: 'Deploy web',
  referenceName: '',
  packageId: 'Shop.Web',
  feedId: 'feeds-builtin',
  channelIds: [],
}
const tools: PackageNeed = { ...web, referenceName: 'tools', packageId: 'Shop.Tools' }
const api: PackageNeed = {
  ...web,
  stepName: 'Deploy api',
  actionName: 'Deploy api',
  packageId: 'Shop.Api',
}

/** Each published a little before the one that stands in front of it. */
const held = (...versions: string[]): Candidate[] =>
  versions.map((version, index) => ({
    publishedAt: 1_000 - index,
    version,
    normalizedVersion: version,
    sha256: `sha-${version}`,
    extension: '.zip',
    sizeBytes: 10,
  }))

const candidates = new Map([
  ['shop.web', held('3.0.1', '3.0.0-beta.2', '2.1.0', '2.0.0', '1.0.0')],
  ['shop.tools', held('1.5.0', '1.4.0')],
  ['shop.api', held('2.0.0', '1.0.0')],
])

const select = (
  needs: PackageNeed[],
  packages: string[] = [],
  more: Partial<SelectionRequest> = {},
) =>
  selectPackages({
    channel: { id: 'Channels-1', name: 'Default', rules: [] },
    needs,
    candidates,
    isOurs: feedId => feedId === 'feeds-builtin',
    specs: parsePackageSpecs(packages),
    defaultVersion: undefined,
    prerelease: undefined,
    ignoreChannelRules: false,
    ...more,
  }).map(({ actionName, packageReferenceName, version }) =>
    [actionName, packageReferenceName, version].filter(Boolean).join(':'),
  )

const rule = (versionRange: string, tag = '') => ({
  strategy: 'SemVer' as Strategy,
  versionRange,
  tag,
  pattern: '',
  actionPackages: [{ actionName: 'deploy web', packageReference: '' }],
})
const hotfix = (...rules: ReturnType<typeof rule>[]) => ({
  channel: { id: 'Channels-2', name: 'Hotfix', rules },
})

describe('what a request says', () => {
  it.each([
    { packages: [], chosen: ['Deploy web:3.0.1', 'Deploy web:tools:1.5.0', 'Deploy api:2.0.0'] },
    { packages: ['Deploy web:2.0.0'], refused: 'package Shop.Tools has no version 2.0.0' },
    {
      packages: ['Deploy web::2.0.0'],
      chosen: ['Deploy web:2.0.0', 'Deploy web:tools:1.5.0', 'Deploy api:2.0.0'],
    },
    {
      packages: ['shop.web:2.0.0'],
      chosen: ['Deploy web:2.0.0', 'Deploy web:tools:1.5.0', 'Deploy api:2.0.0'],
    },
    {
      packages: ['Deploy web:tools:1.4.0'],
      chosen: ['Deploy web:3.0.1', 'Deploy web:tools:1.4.0', 'Deploy api:2.0.0'],
    },
    {
      packages: ['*:tools:1.4'],
      chosen: ['Deploy web:3.0.1', 'Deploy web:tools:1.4.0', 'Deploy api:2.0.0'],
    },
    {
      packages: ['*::1.0.0', 'Deploy api:2.0.0'],
      chosen: ['Deploy web:1.0.0', 'Deploy web:tools:1.5.0', 'Deploy api:2.0.0'],
    },
    {
      packages: ['Shop.Web=2.1.0'],
      chosen: ['Deploy web:2.1.0', 'Deploy web:tools:1.5.0', 'Deploy api:2.0.0'],
    },
    { packages: ['Deploy db:1.0.0'], refused: "'Deploy db:1.0.0' names no step or package" },
    {
      packages: ['Shop.Api:9.9.9'],
      refused:
        'Step Deploy api: package Shop.Api has no version 9.9.9 in the built-in feed. The newest there are 2.0.0, 1.0.0.',
    },
    { packages: ['Shop.Api'], refused: 'must be Step:Version' },
    { packages: ['a:b:c:d'], refused: 'must be Step:Version' },
    { packages: [':1.0'], refused: 'must be Step:Version' },
  ])('$packages', ({ packages, chosen, refused }) => {
    if (refused === undefined) expect(select([web, tools, api], packages)).toEqual(chosen)
    else expect(() => select([web, tools, api], packages)).toThrow(refused)
  })

  it('holds for all with PackageVersion', () => {
    expect(select([web, api], [], { defaultVersion: '1.0' })).toEqual([
      'Deploy web:1.0.0',
      'Deploy api:1.0.0',
    ])
    expect(select([web, api], ['Deploy api:2.0.0'], { defaultVersion: '1.0.0' })).toEqual([
      'Deploy web:1.0.0',
      'Deploy api:2.0.0',
    ])
  })

  it('may hold a colon in a name', () => {
    const named = { ...web, stepName: 'Web: live', actionName: 'Web: live' }
    expect(select([named], ['Web\\: live:2.0.0'])).toEqual(['Web: live:2.0.0'])
  })

  it('is told all at once when it is wrong', () => {
    expect(() => select([web, api], ['Shop.Api:8.0.0', 'Shop.Web:9.0.0'])).toThrow(
      /Shop.Web has no version 9.0.0.*Shop.Api has no version 8.0.0/,
    )
  })
})

describe('a channel with rules', () => {
  it.each([
    { rules: [rule('[2.0,3.0)')], chosen: '3.0.0-beta.2' },
    { rules: [rule('[2.0,3.0)', '^$')], chosen: '2.1.0' },
    { rules: [rule('', '^beta')], chosen: '3.0.0-beta.2' },
    { rules: [rule('[2.0.0]')], chosen: '2.0.0' },
    { rules: [rule('', '^$'), rule('(,2.0]')], chosen: '2.0.0' },
    { rules: [], chosen: '3.0.1' },
  ])('$rules takes $chosen', ({ rules, chosen }) => {
    expect(select([web], [], hotfix(...rules))).toEqual([`Deploy web:${chosen}`])
  })

  it('refuses another version in words', () => {
    expect(() => select([web], ['Deploy web:3.0.1'], hotfix(rule('[2.0,3.0)')))).toThrow(
      'Channel Hotfix takes versions in [2.0,3.0) of package Shop.Web in step Deploy web only; 3.0.1 is something else.',
    )
  })

  it('takes it when told to ignore the rules', () => {
    const more = { ...hotfix(rule('[2.0,3.0)')), ignoreChannelRules: true }
    expect(select([web], ['Deploy web:3.0.1'], more)).toEqual(['Deploy web:3.0.1'])
  })

  it('does not rule over other steps and references', () => {
    expect(select([api, tools], [], hotfix(rule('[9.0]')))).toEqual([
      'Deploy api:2.0.0',
      'Deploy web:tools:1.5.0',
    ])
  })

  it('says when nothing fits', () => {
    expect(() => select([web], [], hotfix(rule('[9.0]')))).toThrow(
      'Step Deploy web: package Shop.Web: no version in the built-in feed is versions in [9.0], as channel Hotfix asks.',
    )
  })

  it('gives way to PackagePrerelease for its labels', () => {
    expect(select([web], [], { prerelease: 'beta' })).toEqual(['Deploy web:3.0.0-beta.2'])
    expect(() => select([web], [], { prerelease: 'rc' })).toThrow('labels that match rc')
  })

  it('leaves out steps of other channels, whose versions may still be named', () => {
    const elsewhere = { ...api, channelIds: ['Channels-9'] }
    expect(select([web, elsewhere], ['Deploy api:1.0.0'])).toEqual(['Deploy web:3.0.1'])
  })
})

describe('packages that are not there', () => {
  it('are named with their step', () => {
    expect(() => select([{ ...web, packageId: 'Shop.Gone' }])).toThrow(
      'Step Deploy web: package Shop.Gone has no version in the built-in feed.',
    )
  })

  it('of other feeds need their version said', () => {
    const nginx = { ...web, packageId: 'nginx', feedId: 'Feeds-2' }
    expect(() => select([nginx])).toThrow('its version must be given as Deploy web:VERSION')
    expect(select([nginx], ['Deploy web:1.29'])).toEqual(['Deploy web:1.29'])
  })
})

it('steps that are disabled need no packages', () => {
  const action = (Name: string, IsDisabled: boolean) => ({
    Name,
    IsDisabled,
    Channels: [],
    Packages: [{ Name: '', PackageId: `Shop.${Name}`, FeedId: 'feeds-builtin' }],
  })
  const steps = readSteps([{ Name: 'Step', Actions: [action('On', false), action('Off', true)] }])
  expect(needsOf(steps).map(({ packageId }) => packageId)).toEqual(['Shop.On'])
})

describe('a rule that goes by publication', () => {
  const builds = new Map([
    [
      'shop.web',
      [
        { ...held('2.0.0-main-9')[0], publishedAt: 30 },
        { ...held('9.0.0-fix-1')[0], publishedAt: 40 },
        { ...held('1.0.0-main-10')[0], publishedAt: 50 },
        { ...held('3.0.0-main-8')[0], publishedAt: 20 },
      ] as Candidate[],
    ],
  ])
  const dated = (pattern: string) =>
    hotfix({ ...rule(''), strategy: 'MostRecentlyPublished', pattern })
  const choose = (pattern: string, packages: string[] = [], more: Partial<SelectionRequest> = {}) =>
    select([web], packages, { candidates: builds, ...dated(pattern), ...more })

  it.each([
    { pattern: '', taken: '1.0.0-main-10' },
    { pattern: 'main', taken: '1.0.0-main-10' },
    { pattern: '^9', taken: '9.0.0-fix-1' },
    { pattern: '^(2|3)\\.', taken: '2.0.0-main-9' },
  ])('takes the last published that matches "$pattern"', ({ pattern, taken }) =>
    expect(choose(pattern)).toEqual([`Deploy web:${taken}`]),
  )

  it('refuses a version that does not match, and says what there is', () => {
    expect(() => choose('main', ['Deploy web:9.0.0-fix-1'])).toThrow(
      'Channel Hotfix takes versions that match main of package Shop.Web in step Deploy web only',
    )
    expect(() => choose('nightly')).toThrow(
      'is versions that match nightly, as channel Hotfix asks',
    )
  })

  it('takes nothing when its pattern cannot be read', () => {
    expect(() => choose('(')).toThrow('versions that match (')
  })

  it('goes together with a pre-release tag that is asked for', () => {
    expect(choose('main', [], { prerelease: '^main-9' })).toEqual(['Deploy web:2.0.0-main-9'])
  })
})

it('a rule holds for packages of other feeds too', () => {
  const nginx = { ...web, packageId: 'nginx', feedId: 'Feeds-2' }
  expect(() => select([nginx], ['Deploy web:3.0'], hotfix(rule('[1,2)')))).toThrow(
    'Channel Hotfix takes versions in [1,2) of package nginx',
  )
})

it('says which rules were broken by what was chosen', () => {
  const { channel } = hotfix(rule('[1,2)'), rule('', '^$'))
  const chosen = { ...web, packageReferenceName: '', version: '2.0.0', content: null }
  expect(brokenRules(channel, [chosen])).toEqual([
    'Hotfix takes versions in [1,2) of package Shop.Web in step Deploy web only; 2.0.0 was taken.',
  ])
})
