import type { Fault } from './fault.ts'

/** What a fault takes of the machine: one that mostly waits a quarter, any other a half. */
const WHOLE = 4
const shareOf = ({ isPatient }: Fault): number => (isPatient ? 1 : 2)

const minutesOf = ({ minutes = 0 }: Fault): number => minutes

/** Carries out as many at once as two cores can bear, those that may take longest first; then those
 *  that measure speed or memory, one after the other. */
export const inOrder = async (
  faults: readonly Fault[],
  carryOut: (fault: Fault) => Promise<void>,
): Promise<void> => {
  const waiting = faults
    .filter(({ isAlone }) => !isAlone)
    .sort((left, right) => minutesOf(right) - minutesOf(left))
  const underWay = new Set<Promise<void>>()
  let taken = 0
  while (waiting.length > 0 || underWay.size > 0) {
    const at = waiting.findIndex(fault => taken + shareOf(fault) <= WHOLE)
    const [next] = at === -1 ? [] : waiting.splice(at, 1)
    if (!next) {
      await Promise.race(underWay)
      continue
    }
    taken += shareOf(next)
    const work = carryOut(next).finally(() => {
      taken -= shareOf(next)
      underWay.delete(work)
    })
    underWay.add(work)
  }
  for (const fault of faults.filter(({ isAlone }) => isAlone)) await carryOut(fault)
}
