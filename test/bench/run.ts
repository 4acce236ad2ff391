// npm run bench [-- NAME…]: each workload through the public API and real runners, one after the
// other; a table to read, and a JSON file each: under .bench/, or with --keep beside this file,
// where the figures that the README quotes are.
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { Figure } from './harness.ts'

const WORKLOADS = [
  'dispatch',
  'steps',
  'logs',
  'fanout',
  'queue',
  'concurrent',
  'fleet',
  'uploads',
  'substitution',
  'bombs',
  'variables',
] as const
const keep = process.argv.includes('--keep')
const OUTPUT = new URL(keep ? 'figures/' : '../../.bench/', import.meta.url)

const wanted = process.argv.slice(2).filter(name => name !== '--keep')
const unknown = wanted.filter(name => !WORKLOADS.some(each => each === name))
if (unknown.length > 0) {
  process.stderr.write(`No workload ${unknown.join(', ')}; there are ${WORKLOADS.join(', ')}.\n`)
  process.exit(2)
}

await mkdir(OUTPUT, { recursive: true })
for (const name of wanted.length > 0 ? wanted : WORKLOADS) {
  const module = pathToFileURL(new URL(`${name}.ts`, import.meta.url).pathname).href
  const { run } = (await import(module)) as { run: () => Promise<Figure[]> }
  const figures = await run()
  for (const figure of figures)
    process.stdout.write(
      `${figure.name.padEnd(40)} ${figure.value.toLocaleString('en', { maximumFractionDigits: 1 }).padStart(14)} ${figure.unit}\n`,
    )
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model ?? '',
    memoryBytes: totalmem(),
    node: process.version,
  }
  const document = { workload: name, at: new Date().toISOString(), machine, figures }
  await writeFile(new URL(`${name}.json`, OUTPUT), `${JSON.stringify(document, null, 2)}\n`)
}
