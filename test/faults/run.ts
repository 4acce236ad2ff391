// npm run faults [-- F01 F20 … | --quick | --list] [--seed S] [--json FILE]: real processes, real harm,
// and a check of what happened afterwards. The last line counts them.
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FAULTS, PLANNED } from './catalogue.ts'
import { type Context, carryOut, type Fault, type Result } from './fault.ts'
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

const contexts: Context[] = []
const onContext = (context: Context) => {
  contexts.push(context)
}
/** Asked to stop: whatever was started for the faults under way ends first. */
const stop = async (): Promise<void> => {
  await Promise.allSettled(contexts.map(context => context.close()))
  await removeBuilds()
  process.exit(1)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

const chosen = FAULTS.filter(
  ({ id, isQuick }) =>
    (wanted.length === 0 || wanted.includes(id)) && (wanted.length > 0 || !values.quick || isQuick),
)
say(`seed ${seed}`)
const results: Result[] = []
const one = async (fault: Fault): Promise<void> => {
  const options = { seed, isQuick: values.quick === true, keep, onContext }
  const result = await carryOut(fault, options)
  results.push(result)
  const { id, outcome, seconds, title, reasons, figures } = result
  say(`${id}  ${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${title}`)
  for (const reason of reasons) say(`     ${reason.split('\n').join('\n     ')}`)
  for (const { name, value, unit } of figures)
    say(`     ${name}: ${value.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`)
}
for (const fault of chosen.filter(({ isPatient }) => !isPatient)) await one(fault)
await Promise.all(chosen.filter(({ isPatient }) => isPatient).map(one))
results.sort((left, right) => left.id.localeCompare(right.id))
await removeBuilds()

const count = (outcome: Result['outcome']) =>
  results.filter(result => result.outcome === outcome).length
const document = {
  at: new Date().toISOString(),
  seed,
  isQuick: values.quick === true,
  machine: { cores: cpus().length, model: cpus()[0]?.model ?? '', memoryBytes: totalmem() },
  planned: PLANNED,
  passed: count('passed'),
  failed: count('failed'),
  notHere: count('not here'),
  results,
}
const file = values.json === undefined ? join(OUTPUT, 'faults.json') : resolve(values.json)
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
say(
  `${results.length} of ${PLANNED} faults: ${count('passed')} passed, ${count('failed')} failed, ${count('not here')} cannot be injected here`,
)
process.exit(count('failed') > 0 ? 1 : 0)
