import { describe, expect, it } from 'vitest'
import { overdue } from './spools.ts'

const spools = ['Deployments-1_1', 'Deployments-2_1', 'Deployments-2_2']
const tasks = (first: string, second: string) => [
  { deployment_id: 'Deployments-1', state: first },
  { deployment_id: 'Deployments-2', state: second },
]

describe('spools that are overdue', () => {
  it.each([
    { when: 'both have ended', first: 'Failed', second: 'Success', left: spools },
    // One that waits for a person says nothing about the other.
    {
      when: 'one waits for a person',
      first: 'Executing',
      second: 'Success',
      left: spools.slice(1),
    },
    { when: 'both are under way', first: 'Queued', second: 'Cancelling', left: [] },
  ])('are those of what has ended, where $when', ({ first, second, left }) =>
    expect(overdue(spools, tasks(first, second))).toEqual(left),
  )
})
