import type { Product } from './product.ts'
import { type Outcome, runSchedule } from './schedule.ts'

const MAX_RUNS = 150

/**
 * Leaves out faults as long as the same promise is still broken (delta debugging over the choices
 * that were recorded), and tells what happens then.
 */
export const shrink = async (
  product: Product,
  { seed, taken, violation }: Outcome,
): Promise<{ faults: string[]; trace: string[] }> => {
  let runs = 0
  const stillFails = async (faults: string[]): Promise<string[] | undefined> => {
    runs++
    const outcome = await runSchedule(product, seed, { allowed: new Set(faults) })
    // What follows from a fault that was left out did not happen either.
    return outcome.violation?.invariant === violation?.invariant ? outcome.taken : undefined
  }
  let faults = taken
  for (let size = Math.ceil(faults.length / 2); size >= 1 && runs < MAX_RUNS; ) {
    let isSmaller = false
    for (let at = 0; at < faults.length && runs < MAX_RUNS; ) {
      const fewer = [...faults.slice(0, at), ...faults.slice(at + size)]
      const left = await stillFails(fewer)
      if (!left) {
        at += size
        continue
      }
      faults = left
      isSmaller = true
    }
    if (size === 1 && !isSmaller) break
    size = size === 1 ? 1 : Math.ceil(size / 2)
  }
  const last = await runSchedule(product, seed, { allowed: new Set(faults), isTraced: true })
  return { faults, trace: last.trace ?? [] }
}
