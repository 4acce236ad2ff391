import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { FULL_RUN, hardlyHit, NOT_HELD } from './faults.ts'
import { MUTANTS } from './mutants.ts'
import type { Found, Report, Work } from './worker.ts'

// `npm run simulate -- --schedules N --seed S`: the product under a deterministic simulator.
// `--mutants`: each seeded defect must be found. `--replay SEED`: one schedule, told in full.

const PROCESSES = 2
const MUTANT_SCHEDULES = 10_000
const MAX_LINES = 400
/** Schedules of one process: they share the time that it takes to load the product. */
const BATCH = 2_500
/** More are not looked for. */
const MAX_VIOLATIONS = 20

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: `${FULL_RUN}` },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    replay: { type: 'string' },
  },
})

const say = (text: string) => process.stdout.write(`${text}\n`)

const run = async (work: Work): Promise<Report> => {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', worker, JSON.stringify(work)],
    { maxBuffer: 1 << 28 },
  )
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1)) as Report
}

/** Side by side; what is done so far is told on standard error. */
const runAll = async (works: Work[]): Promise<Report[]> => {
  const reports: Report[] = []
  const left = [...works]
  const one = async () => {
    for (let work = left.shift(); work; work = left.shift()) {
      const report = await run(work)
      reports.push(report)
      for (const { seed, message } of report.violations)
        process.stderr.write(`seed ${seed}: ${message.split('\n')[0]}\n`)
      const done = reports.reduce((before, { schedules }) => before + schedules, 0)
      const broken = reports.reduce((before, { violations }) => before + violations.length, 0)
      process.stderr.write(`${done} schedules, ${broken} violations\n`)
      if (broken >= MAX_VIOLATIONS) return
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, one))
  return reports
}

const sum = (reports: Report[], of: 'hits' | 'ends'): Record<string, number> => {
  const all: Record<string, number> = {}
  for (const report of reports)
    for (const [name, count] of Object.entries(report[of])) all[name] = (all[name] ?? 0) + count
  return Object.fromEntries(Object.entries(all).sort(([left], [right]) => (left < right ? -1 : 1)))
}

type Regression = { seed: number; about: string }
const regressions = (): Regression[] =>
  JSON.parse(readFileSync(new URL('regressions.json', import.meta.url), 'utf8')) as Regression[]

/** A failing seed with as few faults as it takes, and what happens then. */
const tell = async ({ seed, message }: Found): Promise<void> => {
  const { shrunk } = await run({ seeds: { from: seed, count: 1, step: 1 }, isShrink: true })
  say(`\nSeed ${seed}: ${message}`)
  if (!shrunk) return
  say(`\nFaults that it takes (${shrunk.faults.length}):`)
  for (const fault of shrunk.faults) say(`  ${fault}`)
  say('\nWhat happens:')
  for (const line of shrunk.trace.slice(-MAX_LINES)) say(line)
  say(`\nAgain: npm run simulate -- --replay ${seed}`)
}

const simulate = async (schedules: number, seed: number): Promise<void> => {
  const started = performance.now()
  const known = regressions()
  const works: Work[] = [
    { seeds: { from: 0, count: 0, step: 1 }, known: known.map(each => each.seed) },
  ]
  for (let at = 0; at < schedules; at += BATCH)
    works.push({ seeds: { from: seed + at, count: Math.min(BATCH, schedules - at), step: 1 } })
  const reports = await runAll(works)
  const hits = sum(reports, 'hits')
  const violations = reports.flatMap(report => report.violations)
  const few = hardlyHit(hits, schedules)
  const seconds = (performance.now() - started) / 1000
  const total = (of: (report: Report) => number) =>
    reports.reduce((before, report) => before + of(report), 0)
  say(
    JSON.stringify(
      {
        schedules: total(report => report.schedules),
        seed,
        violations: violations.length,
        events: total(report => report.events),
        seconds: Math.round(seconds * 10) / 10,
        cpuSeconds: Math.round(total(report => report.cpuSeconds) * 10) / 10,
        schedulesPerSecond: Math.round(total(report => report.schedules) / seconds),
        regressions: known.length,
        hits,
        ends: sum(reports, 'ends'),
        notHeld: NOT_HELD,
        hardlyHit: few,
      },
      null,
      2,
    ),
  )
  for (const found of violations.slice(1))
    say(`Seed ${found.seed}: ${found.message.split('\n')[0]}`)
  const [first] = violations
  if (first) await tell(first)
  if (few.length > 0) say(`\nHardly hit, so this run proves little: ${few.join(', ')}`)
  if (first || few.length > 0) process.exitCode = 1
}

/** The first schedule that shows the defect, and shows nothing without it. */
const hunted = async (mutant: string, seed: number) => {
  let schedules = 0
  while (schedules < MUTANT_SCHEDULES) {
    const seeds = { from: seed + schedules, count: MUTANT_SCHEDULES - schedules, step: 1 }
    const report = await run({ seeds, mutant, isHunt: true })
    schedules += report.schedules
    const [found] = report.violations
    if (!found) break
    const sound = await run({ seeds: { from: found.seed, count: 1, step: 1 } })
    if (sound.violations.length === 0) return { found, schedules }
  }
  return { found: undefined, schedules }
}

/** The tree itself is not changed: each process loads its own patched module. */
const hunt = async (names: string[], seed: number): Promise<void> => {
  const left = [...names]
  const rows: { mutant: string; seed: number | null; schedules: number; invariant: string }[] = []
  const one = async () => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const { found, schedules } = await hunted(mutant, seed)
      rows.push({
        mutant,
        seed: found?.seed ?? null,
        schedules,
        invariant: found?.message.split('\n')[0]?.slice(0, 160) ?? 'NOT FOUND',
      })
      const row = rows.at(-1)
      say(`${mutant}: ${row?.seed === null ? 'NOT FOUND' : `seed ${row?.seed}`}: ${row?.invariant}`)
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, one))
  const found = rows.filter(row => row.seed !== null).length
  say(JSON.stringify({ mutants: rows.length, found, rows }, null, 2))
  if (found < rows.length) process.exitCode = 1
}

const seed = Number(values.seed)
if (values.replay !== undefined) {
  const from = Number(values.replay)
  const report = await run({ seeds: { from, count: 1, step: 1 }, isTraced: true })
  for (const line of report.shrunk?.trace ?? []) say(line)
  const [found] = report.violations
  say(found ? `\nSeed ${from}: ${found.message}` : `\nSeed ${from}: no violation`)
  if (found) process.exitCode = 1
} else if (values.mutants || values.mutant)
  await hunt(values.mutant ? [values.mutant] : MUTANTS.map(({ name }) => name), seed)
else await simulate(Number(values.schedules), seed)
