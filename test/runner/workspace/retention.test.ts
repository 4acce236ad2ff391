import { describe, expect, it } from 'vitest'
import type { Deployed } from '../../../runner/workspace/deployed.ts'
import { outdated } from '../../../runner/workspace/retention.ts'

const DAY = 86_400_000
const NOW = 100 * DAY

/** `+` was successful, `-` was not; oldest first, a day apart, the last one today. */
const history = (marks: string): Deployed[] =>
  [...marks].map((mark, index) => ({
    retentionSet: 'set',
    deploymentId: `Deployments-${index}`,
    environmentId: '',
    projectId: '',
    tenantId: '',
    packageId: 'Shop.Web',
    version: `1.0.${index}`,
    archive: '',
    extractedTo: `/apps/${index}`,
    installedAt: NOW - (marks.length - 1 - index) * DAY,
    wasSuccessful: mark === '+',
  }))

describe('retention on a target', () => {
  it.each([
    { marks: '+++++', rule: { items: 2 }, leaving: [0, 1] },
    { marks: '+-+-+', rule: { items: 1 }, leaving: [0, 1, 3] },
    { marks: '-+-++', rule: { items: 2 }, leaving: [] },
    { marks: '++', rule: { items: 5 }, leaving: [] },
    { marks: '+++', rule: { items: 0 }, leaving: [0, 1] },
    { marks: '+-++', rule: { days: 2 }, leaving: [0] },
    { marks: '+', rule: { days: 0 }, leaving: [] },
  ])('of $marks under $rule lets $leaving go', ({ marks, rule, leaving }) => {
    const entries = history(marks)
    expect(outdated(entries, rule, NOW)).toEqual(leaving.map(index => entries[index]))
  })
})
