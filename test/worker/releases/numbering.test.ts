import { describe, expect, it } from 'vitest'
import { DEFAULT_VERSION_TEMPLATE } from '../../../worker/projects/project.ts'
import { checkReleaseVersion, nextVersion } from '../../../worker/releases/numbering.ts'

const next = (template: string, versions: string[], more: object = {}) =>
  nextVersion({
    template,
    versions,
    channelVersions: [],
    variables: { 'Shop.Major': '7', 'Octopus.Channel.Name': 'Beta' },
    now: Date.UTC(2026, 2, 4, 5, 6, 7),
    ...more,
  })

describe('the next number', () => {
  it.each([
    { versions: [], number: '0.0.1' },
    { versions: ['0.0.1'], number: '0.0.2' },
    { versions: ['5.0.0'], number: '5.0.1' },
    { versions: ['1.9.0', '1.10.0', '1.2.0'], number: '1.10.1' },
    { versions: ['2.0.0-beta.1'], number: '2.0.1' },
    { versions: ['1.0.0', 'DeleteMe5.0'], number: '1.0.1' },
    { versions: ['DeleteMe5.0'], number: '0.0.1' },
    { versions: ['1.2.3.4'], number: '1.2.4' },
  ])('by the default template after $versions is $number', ({ versions, number }) => {
    expect(next(DEFAULT_VERSION_TEMPLATE, versions)).toBe(number)
  })

  it.each([
    { template: '1.0.i', versions: [], number: '1.0.0' },
    { template: '1.0.i', versions: ['1.0.8', '2.0.0'], number: '1.0.9' },
    { template: 'c.i.i', versions: ['1.2.3'], number: '1.3.0' },
    { template: '1.0.0-beta.i', versions: ['1.0.0-beta.4'], number: '1.0.0-beta.5' },
    { template: '#{Shop.Major}.0.i', versions: ['7.0.4'], number: '7.0.5' },
    {
      template: '#{Octopus.Date.Year}.#{Octopus.Date.Month}.#{Octopus.Date.Day}.i',
      versions: [],
      number: '2026.3.4.0',
    },
    {
      template: '#{Octopus.Version.NextMajor}.0.0-#{Octopus.Channel.Name}',
      versions: ['3.1.0'],
      number: '4.0.0-Beta',
    },
    {
      template:
        '#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.LastPatch}#{Octopus.Version.NextSuffix}',
      versions: ['3.1.0-rc.1'],
      number: '3.1.0-rc.2',
    },
    { template: '1.c.i', versions: ['1.2.3', '0.9.9'], number: '1.2.4' },
    { template: 'i.c.c', versions: ['1.2.3'], number: '2.0.3' },
    { template: '1.i.0-rc.c', versions: ['1.4.0-rc.6'], number: '1.5.0-rc.6' },
    {
      template: '#{Octopus.Time.Hour}.#{Octopus.Time.Minute}.#{Octopus.Time.Second}.i',
      versions: ['5.6.7.1'],
      number: '5.6.7.2',
    },
    { template: '#{Octopus.Date.DayOfYear}.#{Octopus.Time.Hour}', versions: [], number: '63.5' },
  ])('by $template after $versions is $number', ({ template, versions, number }) => {
    expect(next(template, versions)).toBe(number)
  })

  it('may count within the channel', () => {
    const template = '#{Octopus.Version.Channel.LastMajor}.0.#{Octopus.Version.Channel.NextPatch}'
    expect(next(template, ['9.0.0', '2.0.3'], { channelVersions: ['2.0.3'] })).toBe('2.0.4')
  })

  it.each([
    { template: '1.0.#{Octopus.Environment.Name}', says: 'cannot be used' },
    { template: '1.0.#{', says: 'cannot be used' },
    { template: '   ', says: 'A release needs a version' },
    { template: '1.0 final', says: 'is no release version' },
  ])('by $template is refused', ({ template, says }) => {
    expect(() => next(template, [])).toThrow(says)
  })
})

describe('a version somebody chose', () => {
  it.each(['1', '1.2.3.4', ' 1.0.0 ', '1.0.0-beta.1+meta', 'DeleteMe5.0', 'v1.0', 'a'.repeat(349)])(
    '%s is taken',
    version => {
      expect(checkReleaseVersion(version)).toBe(version.trim())
    },
  )

  it.each([
    '',
    '  ',
    '1/2',
    '../x',
    '1.0%2f',
    "1.0'",
    '1.0;x',
    '<b>',
    '1 0',
    '1\n0',
    'a'.repeat(350),
    '1.0#x',
    '1.0?x',
  ])('%j is refused', version => {
    expect(() => checkReleaseVersion(version)).toThrow(/release version|needs a version/)
  })
})
