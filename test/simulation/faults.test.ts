import { expect, it } from 'vitest'
import { CRASH_POINTS, FAULTS, type Hits, hardlyHit } from './faults.ts'

const all = (faults: number, points: number): Hits =>
  Object.fromEntries([
    ...[...FAULTS, 'reorder'].map(name => [name, faults]),
    ...CRASH_POINTS.map(name => [name, points]),
  ])

it.each([
  { of: 'everything often enough', hits: all(100, 50), schedules: 10_000, few: [] },
  { of: 'no more in a longer run', hits: all(100, 50), schedules: 100_000, few: [] },
  { of: 'a tenth in a tenth', hits: all(10, 5), schedules: 1_000, few: [] },
  {
    of: 'a class of faults too seldom',
    hits: { ...all(100, 50), 'torn-write': 99 },
    schedules: 10_000,
    few: ['torn-write'],
  },
  {
    of: 'a crash point too seldom, and another never',
    hits: { ...all(100, 50), C2: 49, C17: undefined } as unknown as Hits,
    schedules: 10_000,
    few: ['C2', 'C17'],
  },
])('a run that meets $of', ({ hits, schedules, few }) =>
  expect(hardlyHit(hits, schedules)).toEqual(few),
)
