import { describe, expect, it } from 'vitest'
import { automaticDeployments, type Occupant } from '../../../worker/deployments/automatic.ts'
import type { Phase } from '../../../worker/lifecycles/progression.ts'

const phase = (name: string, automatic: string[], more: Partial<Phase> = {}): Phase => ({
  id: name,
  name,
  environments: automatic.map(id => ({ id, name: id })),
  automatic,
  required: automatic.length,
  isOptional: false,
  isPriority: false,
  isImplicit: false,
  ...more,
})
const DEV = phase('Develop', ['Dev'])
const TEST = phase('Test', ['Test-1', 'Test-2'])
const LIVE = phase('Live', [], { environments: [{ id: 'Prod', name: 'Prod' }], required: 1 })
const release = { version: '1.1', sequence: 11 }
const older: Occupant = { version: '1.0', sequence: 10 }
const newer: Occupant = { version: '1.2', sequence: 12 }

type Case = {
  when: string
  phases?: Phase[]
  successes?: string[]
  attempted?: string[]
  occupants?: Record<string, Occupant[]>
  goes: string[]
}

describe('a release goes by itself', () => {
  it.each<Case>([
    { when: 'to the first phase when it is new', goes: ['Dev'] },
    { when: 'nowhere again when that failed', attempted: ['Dev'], goes: [] },
    {
      when: 'to all of the next phase, in parallel, after the first is complete',
      successes: ['Dev'],
      attempted: ['Dev'],
      goes: ['Test-1', 'Test-2'],
    },
    {
      when: 'only where it was not sent already',
      successes: ['Dev', 'Test-1'],
      attempted: ['Dev', 'Test-1'],
      goes: ['Test-2'],
    },
    {
      when: 'to no environment that is not automatic',
      successes: ['Dev', 'Test-1', 'Test-2'],
      attempted: ['Dev', 'Test-1', 'Test-2'],
      goes: [],
    },
    {
      when: 'past an optional phase, but not into it',
      phases: [DEV, phase('Load', ['Load'], { isOptional: true }), TEST],
      successes: ['Dev'],
      attempted: ['Dev'],
      goes: ['Test-1', 'Test-2'],
    },
    {
      when: 'over an older one',
      occupants: { Dev: [older] },
      goes: ['Dev'],
    },
    { when: 'beside another try of the same', occupants: { Dev: [release] }, goes: ['Dev'] },
  ])(
    '$when',
    ({ phases = [DEV, TEST, LIVE], successes = [], attempted = [], occupants = {}, goes }) => {
      const decided = automaticDeployments(
        phases,
        release,
        new Set(successes),
        new Set(attempted),
        new Map(Object.entries(occupants)),
      )
      expect(decided).toEqual(goes.map(environmentId => ({ environmentId, refusal: null })))
    },
  )

  it('but never over a newer one', () =>
    expect(
      automaticDeployments(
        [DEV],
        release,
        new Set(),
        new Set(),
        new Map([['Dev', [older, newer]]]),
      ),
    ).toEqual([
      {
        environmentId: 'Dev',
        refusal: 'Release 1.1 is older than 1.2, which is there or on its way.',
      },
    ]))
})
