import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import { type Bomb, templateBombs } from '../support/template-bombs.ts'
import type { Figure } from './harness.ts'

const BUDGET_MS = 50

/** What refusing it, or being done with it, takes of the processor: the less of two, as the first may
 *  have to compile itself. */
const processorMs = ({ template, variables }: Bomb): number => {
  const times: number[] = []
  while (times.length < 2 && (times[0] ?? BUDGET_MS) >= BUDGET_MS * 0.8) {
    const dictionary = new VariableDictionary(variables)
    const before = process.cpuUsage()
    try {
      evaluate(template, dictionary)
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error
    }
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1_000)
  }
  return Math.min(...times)
}

/** The worst template of each kind, by processor time; values have a budget of 50 ms. */
export async function run(): Promise<Figure[]> {
  const worst = new Map<string, { ms: number; what: string }>()
  for (const bomb of templateBombs()) {
    const ms = processorMs(bomb)
    if (ms > (worst.get(bomb.kind)?.ms ?? -1)) worst.set(bomb.kind, { ms, what: bomb.what })
  }
  return [...worst]
    .sort(([, left], [, right]) => right.ms - left.ms)
    .map(([kind, { ms, what }]) => ({
      name: `${kind}: ${what.slice(0, 60)}`,
      value: ms,
      unit: 'ms',
    }))
}
