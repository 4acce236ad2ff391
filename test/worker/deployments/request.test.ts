import { describe, expect, it } from 'vitest'
import { pick } from '../../../worker/deployments/choices.ts'
import {
  checkSchedule,
  createUntenanted,
  fromUntenanted,
  NOTHING_SPECIAL,
} from '../../../worker/deployments/request.ts'
import { parse } from '../../../worker/http/input.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')
const HOUR_MS = 3_600_000

describe('a request to deploy', () => {
  it('is understood with keys in any letter case and absent lists', () => {
    const body = parse(createUntenanted, {
      projectName: 'Shop',
      RELEASEVERSION: '1.0.0',
      EnvironmentNames: ['Staging'],
      spaceId: 'Spaces-1',
      SkipStepNames: null,
    })
    expect(fromUntenanted(body)).toEqual({ ...NOTHING_SPECIAL, environments: ['Staging'] })
  })

  it('names every field that is wrong', () => {
    expect(() => parse(createUntenanted, { ProjectName: 7, EnvironmentNames: [] })).toThrow(
      /ProjectName: .*ReleaseVersion: .*EnvironmentNames: /,
    )
  })

  it.each([
    { when: 'tomorrow', startAt: NOW + 24 * HOUR_MS, expiresAt: null, says: undefined },
    { when: 'in 31 days', startAt: NOW + 31 * 24 * HOUR_MS, expiresAt: null, says: '30 days' },
    { when: 'until an hour ago', startAt: null, expiresAt: NOW - HOUR_MS, says: 'already over' },
  ])('scheduled $when says $says', ({ startAt, expiresAt, says }) => {
    const check = () =>
      checkSchedule({ ...NOTHING_SPECIAL, environments: ['Staging'], startAt, expiresAt }, NOW)
    if (says) expect(check).toThrow(says)
    else expect(check).not.toThrow()
  })

  it('refuses an expiry before the start, and a time that is none', () => {
    const base = { ProjectName: 'Shop', ReleaseVersion: '1', EnvironmentNames: ['Staging'] }
    const read = (times: object) => () =>
      fromUntenanted(parse(createUntenanted, { ...base, ...times }))
    expect(read({ RunAt: '2030-01-02T00:00:00Z', NoRunAfter: '2030-01-01T00:00:00Z' })).toThrow(
      'must be later than its start',
    )
    expect(read({ RunAt: 'soon' })).toThrow("found 'soon'")
  })

  it('picks by id, name or slug, and says what there is instead of a name that means nothing', () => {
    const known = [
      { id: 'Machines-1', name: 'web-1', slug: 'web-1' },
      { id: 'Machines-2', name: 'Web 2', slug: 'web-2' },
    ]
    expect(pick('target', ['machines-1', 'WEB-2'], known)).toEqual(['Machines-1', 'Machines-2'])
    expect(() => pick('target', ['web-3'], known)).toThrow(
      "There is no target 'web-3' here. Known: web-1, Web 2.",
    )
    expect(() => pick('step', ['Install'], [])).toThrow('Known: none.')
  })
})
