import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Shop, shop } from './shop.ts'

let server: Shop
beforeAll(async () => {
  server = await shop()
})
afterAll(() => server.stop())

const path = () => `/api/projects/${server.project.Id}/channels`

it('keeps rules, and answers the channel by id, slug and name', async () => {
  const created = await server.json('POST', '/api/channels', {
    body: {
      Name: 'Hot fix',
      ProjectId: server.project.Id,
      Rules: [
        {
          VersionRange: '[2.0,3.0)',
          Tag: '^$',
          ActionPackages: [{ DeploymentAction: 'Deploy web', PackageReference: '' }],
        },
      ],
      CustomFieldDefinitions: [{ FieldName: 'Ticket' }],
    },
  })
  expect(created).toMatchObject({
    Slug: 'hot-fix',
    IsDefault: false,
    LifecycleId: null,
    Type: 'Lifecycle',
    Rules: [{ Id: expect.any(String), VersionRange: '[2.0,3.0)', Tag: '^$' }],
    CustomFieldDefinitions: [{ FieldName: 'Ticket' }],
  })
  for (const reference of [created.Id, 'hot-fix', 'HOT%20FIX'])
    expect((await server.json('GET', `${path()}/${reference}`)).Id).toBe(created.Id)
})

it.each([
  {
    when: 'its name is taken',
    body: { Name: 'default' },
    status: 409,
    says: 'has a channel named default already',
  },
  {
    when: 'a range makes no sense',
    body: { Name: 'X', Rules: [{ VersionRange: '[2,1]' }] },
    status: 400,
    says: "Rule 1: '[2,1]' is no version range",
  },
  {
    when: 'a tag is no expression',
    body: { Name: 'X', Rules: [{ Tag: '(' }] },
    status: 400,
    says: 'Rule 1: Pre-release tag:',
  },
  {
    when: 'a pattern is no expression',
    body: {
      Name: 'X',
      Rules: [{ VersioningStrategy: 'MostRecentlyPublished', VersionTagRegex: '(' }],
    },
    status: 400,
    says: 'Rule 1: Version tag regex:',
  },
  {
    when: 'a pattern goes by number',
    body: { Name: 'X', Rules: [{ VersionTagRegex: 'main' }] },
    status: 400,
    says: 'Rule 1: VersionTagRegex goes with the strategy MostRecentlyPublished',
  },
  {
    when: 'a range goes by publication',
    body: {
      Name: 'X',
      Rules: [{ VersioningStrategy: 'MostRecentlyPublished', VersionRange: '[1,2)' }],
    },
    status: 400,
    says: 'Rule 1: VersionRange and Tag go with the strategy SemVer',
  },
  {
    when: 'its strategy is not known',
    body: { Name: 'X', Rules: [{ VersioningStrategy: 'Newest' }] },
    status: 400,
    says: 'must be SemVer, MostRecentlyPublished',
  },
  {
    when: 'its lifecycle is not there',
    body: { Name: 'X', LifecycleId: 'Lifecycles-99' },
    status: 400,
    says: "There is no lifecycle 'Lifecycles-99' in this space",
  },
])('refuses a channel when $when', async ({ body, status, says }) => {
  const answer = await server.json('POST', path(), { body, status })
  expect(JSON.stringify(answer)).toContain(says)
})

it('has exactly one default channel at any time', async () => {
  const second = await server.json('POST', path(), { body: { Name: 'Next' } })
  await server.json('PUT', `/api/channels/${second.Id}`, { body: { ...second, IsDefault: true } })
  const { Items } = await server.json('GET', path())
  expect(Items.filter((each: { IsDefault: boolean }) => each.IsDefault)).toMatchObject([
    { Id: second.Id },
  ])
  await server.json('PUT', `/api/channels/${second.Id}`, {
    body: { ...second, IsDefault: false },
    status: 400,
  })
  await server.json('DELETE', `/api/channels/${second.Id}`, { status: 400 })
  await server.json('DELETE', `/api/channels/${server.channelId}`)
  await server.json('GET', `/api/channels/${server.channelId}`, { status: 404 })
})

describe('a rule is tried', () => {
  it.each([
    ['1.0.0-main-7', '^1.*main', true],
    ['1.0.0-fix-7', 'main', false],
    ['nightly', '^n', true],
  ])('%s by publication against %s', async (version, pattern, expected) => {
    const query = new URLSearchParams({
      version,
      versioningStrategy: 'MostRecentlyPublished',
      versionTagRegex: pattern,
    })
    expect(await server.json('GET', `/api/channels/rule-test?${query}`)).toEqual({
      SatisfiesVersionRange: true,
      SatisfiesPreReleaseTag: true,
      SatisfiesVersionTagRegex: expected,
      IsValid: true,
      Errors: [],
    })
  })

  it.each([
    ['1.5.0', '[1.0,2.0)', '', { SatisfiesVersionRange: true, SatisfiesPreReleaseTag: true }],
    [
      '2.0.0-alpha',
      '[1.0,2.0)',
      '^$',
      { SatisfiesVersionRange: true, SatisfiesPreReleaseTag: false },
    ],
    ['2.0.0', '[1.0,2.0)', 'beta', { SatisfiesVersionRange: false, SatisfiesPreReleaseTag: false }],
    [
      'x',
      '[1.0',
      '',
      { SatisfiesVersionRange: false, Errors: [expect.any(String), expect.any(String)] },
    ],
  ])('%s against %s and tag "%s"', async (version, range, tag, expected) => {
    const query = new URLSearchParams({ version, versionRange: range, preReleaseTag: tag })
    expect(await server.json('GET', `/api/channels/rule-test?${query}`)).toMatchObject(expected)
    expect(
      await server.json('POST', '/api/channels/rule-test', {
        body: { version, versionRange: range, preReleaseTag: tag },
        status: 200,
      }),
    ).toMatchObject(expected)
  })
})
