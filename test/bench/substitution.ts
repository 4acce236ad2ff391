import { evaluate, VariableDictionary } from '../../runner/substitution/evaluate.ts'

type Figure = { name: string; value: number; unit: string }

const RUNS = 7
const WARM_UP = 3

/** Median time of one run in milliseconds. */
const medianOf = (work: () => unknown): number => {
  const times: number[] = []
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const start = performance.now()
    work()
    if (run >= WARM_UP) times.push(performance.now() - start)
  }
  return times.sort((left, right) => left - right)[RUNS >> 1] ?? 0
}

const VARIABLES = Object.fromEntries(
  Array.from({ length: 200 }, (_, i) => [
    `Setting${i}`,
    i % 10 === 0 ? `https://#{Host}/${i}` : `v${i}`,
  ]),
)

const LINE = (i: number): string =>
  `  "setting${i}": { "value": "#{Setting${i % 200}}", "note": "a line as configuration files have them" },\n`

/** A configuration file of one megabyte with a variable in every line. */
const megabyte = (): string => {
  const lines: string[] = []
  let length = 0
  for (let i = 0; length < 1024 * 1024; i++) {
    const line = LINE(i)
    lines.push(line)
    length += line.length
  }
  return lines.join('')
}

const FILE_LIMITS = { haltOnError: false, maxOutputLength: 16 * 1024 * 1024, maxSteps: 20_000_000 }

/** What substitution costs: a large file, many short values, and beside them the floor, a bare
 *  regular expression that knows names only. */
export async function run(): Promise<Figure[]> {
  const dictionary = new VariableDictionary({
    ...VARIABLES,
    Host: 'shop.example',
    Environment: 'Production',
  })
  const file = megabyte()
  const ofFile = medianOf(() => evaluate(file, dictionary, FILE_LIMITS))
  const floor = medianOf(() =>
    file.replace(/#\{(\w+)\}/g, (whole, name: string) => dictionary.getRaw(name) ?? whole),
  )
  const short = Array.from({ length: 10_000 }, (_, i) => `#{Setting${i % 200} | ToUpper}-${i}`)
  const ofShort = medianOf(() => short.map(template => evaluate(template, dictionary).value))
  const repeated = '#{if Environment == "Production"}#{Setting10}#{else}none#{/if}'
  const ofRepeated = medianOf(() => short.map(() => evaluate(repeated, dictionary).value))
  const plain = medianOf(() => short.map((_, i) => evaluate(`value ${i}`, dictionary).value))
  return [
    { name: 'substitution: a file of 1 MiB, a variable in each line', value: ofFile, unit: 'ms' },
    { name: 'substitution: the same by a bare regular expression', value: floor, unit: 'ms' },
    { name: 'substitution: 10,000 different short values', value: ofShort, unit: 'ms' },
    { name: 'substitution: 10,000 times the same condition', value: ofRepeated, unit: 'ms' },
    { name: 'substitution: 10,000 values without a token', value: plain, unit: 'ms' },
  ]
}
