import { DIMENSIONS, type Scope } from './scope.ts'

type Value = { name: string; scope: Scope }
export type Tie = { name: string; first: Scope; second: Scope }

/** Enough to show; nobody reads more. */
const MAX_TIES = 50
const MAX_VALUES_OF_ONE = 200

/**
 * Values of one variable that some place could not tell apart: scoped in the same dimensions, in
 * each of them to something in common. There the one defined first wins, which is seldom meant.
 */
export const tiesOf = (values: readonly Value[]): Tie[] => {
  const byName = new Map<string, Value[]>()
  for (const value of values) {
    const key = value.name.toLowerCase()
    const known = byName.get(key)
    if (known) known.push(value)
    else byName.set(key, [value])
  }
  const ties: Tie[] = []
  for (const group of byName.values())
    for (const [index, first] of group.slice(0, MAX_VALUES_OF_ONE).entries())
      for (const second of group.slice(index + 1, MAX_VALUES_OF_ONE)) {
        if (ties.length >= MAX_TIES) return ties
        if (overlap(first.scope, second.scope))
          ties.push({ name: first.name, first: first.scope, second: second.scope })
      }
  return ties
}

const overlap = (first: Scope, second: Scope): boolean =>
  DIMENSIONS.every(dimension => {
    const [mine, theirs] = [first[dimension] ?? [], second[dimension] ?? []]
    if (mine.length === 0 || theirs.length === 0) return mine.length === theirs.length
    const lower = new Set(theirs.map(id => id.toLowerCase()))
    return mine.some(id => lower.has(id.toLowerCase()))
  })
