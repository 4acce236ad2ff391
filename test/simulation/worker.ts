import { registerProduct } from './loader.ts'
import { MUTANTS, patchesOf } from './mutants.ts'

/** What one process is to do; as JSON on its command line. Answers on its standard output, one line
 *  of JSON. */
export type Work = {
  seeds: { from: number; count: number; step: number }
  /** Run before these, and counted with nothing but their violations. */
  known?: number[]
  mutant?: string
  /** Stops at the first violation. */
  isHunt?: boolean
  /** Runs the one seed again and again, with fewer faults each time, and tells what is left. */
  isShrink?: boolean
  isTraced?: boolean
}
export type Found = { seed: number; invariant: string; message: string }
export type Report = {
  schedules: number
  events: number
  cpuSeconds: number
  hits: Record<string, number>
  ends: Record<string, number>
  violations: Found[]
  shrunk?: { faults: string[]; trace: string[] }
}

const MAX_VIOLATIONS = 20

/** Where an error was made costs more than the error: only who looks at one schedule is told. */
Error.stackTraceLimit = 0

const work = JSON.parse(process.argv[2] ?? '{}') as Work
if (work.isTraced || work.isShrink) Error.stackTraceLimit = 20
const mutant = MUTANTS.find(({ name }) => name === work.mutant)
if (work.mutant !== undefined && !mutant) throw new Error(`there is no mutant ${work.mutant}`)
registerProduct(mutant ? patchesOf(mutant) : new Map())

// Only now: these load the product, through the loader above.
const { loadProduct } = await import('./product.ts')
const { runSchedule } = await import('./schedule.ts')
const { shrink } = await import('./shrink.ts')
const { unloadedPatches } = await import('./loader.ts')
const product = await loadProduct()
const [unloaded] = unloadedPatches()
if (unloaded) throw new Error(`${unloaded} has a seeded defect, but is not part of the model`)

const report: Report = {
  schedules: 0,
  events: 0,
  cpuSeconds: 0,
  hits: {},
  ends: {},
  violations: [],
}
const add = (to: Record<string, number>, from: Record<string, number>) => {
  for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count
}
for (const seed of work.known ?? []) {
  const { violation } = await runSchedule(product, seed)
  if (violation) report.violations.push({ seed, ...violation })
}
const { from, count, step } = work.seeds
for (let index = 0; index < count && report.violations.length < MAX_VIOLATIONS; index++) {
  const seed = from + index * step
  const outcome = await runSchedule(product, seed, { isTraced: work.isTraced === true })
  report.schedules++
  report.events += outcome.events
  add(report.hits, outcome.hits)
  add(report.ends, outcome.ends)
  if (work.isTraced) report.shrunk = { faults: outcome.taken, trace: outcome.trace ?? [] }
  if (!outcome.violation) continue
  report.violations.push({ seed, ...outcome.violation })
  if (work.isShrink) report.shrunk = await shrink(product, outcome)
  if (work.isHunt) break
}
const { user, system } = process.cpuUsage()
report.cpuSeconds = (user + system) / 1e6
process.stdout.write(`${JSON.stringify(report)}\n`)
