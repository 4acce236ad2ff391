// npm run faults [-- F01 F20 … | --quick | --list] [--seed S] [--json FILE]: real processes, real harm,
// and a check of what happened afterwards. The last line counts them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FAULTS, PLANNED } from './catalogue.ts'
import { type Context, carryOut, type Fault, type Result } from './fault.ts'
import { inOrder } from './order.ts'
import { removeBuilds } from './world/build.ts'

const OUTPUT = fileURLToPath(new URL('../../.bench/', import.meta.url))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    list: { type: 'boolean' },
    seed: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'boolean' },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)

const wanted = positionals.map(name => name.toUpperCase())
const unknown = wanted.filter(id => !FAULTS.some(fault => fault.id === id))
if (unknown.length > 0) {
  process.stderr.write(
    `No fault ${unknown.join(', ')}; there are ${FAULTS.map(({ id }) => id).join(', ')}.\n`,
  )
  process.exit(2)
}
if (values.list) {
  for (const { id, title, by } of FAULTS) say(`${id}  ${title} (${by})`)
  process.exit(0)
}

const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
if (!Number.isSafeInteger(seed)) {
  process.stderr.write(`Expected --seed to be a whole number, found "${values.seed}".\n`)
  process.exit(2)
}

/** The whole history and what the processes said, for a fault that failed. */
const keep = async (context: Context): Promise<void> => {
  const folder = join(OUTPUT, 'faults')
  await mkdir(folder, { recursive: true })
  const histories = JSON.stringify(context.histories, null, 1)
  await writeFile(join(folder, `${context.id}.history.json`), histories)
  await writeFile(join(folder, `${context.id}.log`), context.logs())
}

const contexts = new Map<string, Context>()
const onContext = (context: Context) => {
  contexts.set(context.id, context)
}
/** Asked to stop: whatever was started for the faults under way ends first. */
const stop = async (): Promise<void> => {
  await Promise.allSettled([...contexts.values()].map(context => context.close()))
  await removeBuilds()
  process.exit(1)
}
// What a fault that failed, or whose time was over, had still under way ends with its world.
process.on('unhandledRejection', error => say(`       left behind: ${error}`))
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

const chosen = FAULTS.filter(
  ({ id, isQuick }) =>
    (wanted.length === 0 || wanted.includes(id)) && (wanted.length > 0 || !values.quick || isQuick),
)
say(`seed ${seed}, ${values.quick ? 'few' : 'all'} rounds of each`)
const started = performance.now()
const results: Result[] = []
const count = (outcome: Result['outcome']) =>
  results.filter(result => result.outcome === outcome).length
const seconds = () => Math.round((performance.now() - started) / 1000)
/** After each fault: a run that is ended leaves what it has found. */
const writeFigures = (): void => {
  const document = {
    at: new Date().toISOString(),
    seed,
    isQuick: values.quick === true,
    seconds: seconds(),
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? '', memoryBytes: totalmem() },
    planned: PLANNED,
    passed: count('passed'),
    failed: count('failed'),
    notHere: count('not here'),
    results: results.toSorted((left, right) => left.id.localeCompare(right.id)),
  }
  const file = values.json === undefined ? join(OUTPUT, 'faults.json') : resolve(values.json)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`)
}

const one = async (fault: Fault): Promise<void> => {
  const options = { seed, isQuick: values.quick === true, keep, onContext }
  const result = await carryOut(fault, options)
  contexts.delete(fault.id)
  results.push(result)
  writeFigures()
  const { id, outcome, seconds, title, reasons, figures } = result
  const progress = `${String(results.length).padStart(2)}/${chosen.length}`
  say(`${progress}  ${id}  ${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${title}`)
  for (const reason of reasons) say(`       ${reason.split('\n').join('\n       ')}`)
  if (wanted.length === 0) return
  for (const { name, value, unit } of figures)
    say(`       ${name}: ${value.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`)
}
await inOrder(chosen, one)
await removeBuilds()

say(
  `${results.length}/${PLANNED} faults in ${seconds()} s: ${count('passed')} passed, ${count('failed')} failed, ${count('not here')} cannot be injected here`,
)
process.exit(count('failed') > 0 ? 1 : 0)
