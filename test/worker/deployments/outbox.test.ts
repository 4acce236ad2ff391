import { expect, it } from 'vitest'
import { hearingOf, type Publication } from '../../../worker/deployments/outbox.ts'

const change = (sequence: number, follows: number | null): Publication =>
  ({ sequence, follows }) as Publication

it.each([
  { it: 'has heard what came before', heard: 2, of: [change(4, 2)], is: 'news', left: [4] },
  {
    it: 'has heard a part of it',
    heard: 4,
    of: [change(4, 2), change(5, 4)],
    is: 'news',
    left: [5],
  },
  { it: 'has heard it all', heard: 5, of: [change(4, 2), change(5, 4)], is: 'news', left: [] },
  { it: 'has forgotten some of it', heard: 1, of: [change(4, 2), change(5, 4)], is: 'behind' },
  { it: 'has forgotten all of it', heard: 0, of: [change(9, 8)], is: 'behind' },
  { it: 'is told by an earlier version', heard: 0, of: [change(9, null)], is: 'news', left: [9] },
  { it: 'is not there', heard: undefined, of: [change(1, 0)], is: 'missing' },
])('a task that $it', ({ heard, of, is, left }) => {
  const hearing = hearingOf(heard, of)
  expect(hearing.type).toBe(is)
  if (hearing.type === 'news')
    expect(hearing.publications.map(({ sequence }) => sequence)).toEqual(left)
})
