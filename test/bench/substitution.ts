import { evaluate, fileLimits, VariableDictionary } from '../../runner/substitution/evaluate.ts'
import type { Figure } from './harness.ts'
import { type Engine, OTHERS, SLIPWAY, type Values } from './template-engines.ts'

const RUNS = 9
const WARM_UP = 3
const SHORT = 10_000

/** Time of each run in milliseconds, after some that do not count. `work` gets the run's number. */
const timesOf = (work: (run: number) => unknown, runs = RUNS): number[] => {
  const times: number[] = []
  for (let run = -WARM_UP; run < runs; run++) {
    const start = performance.now()
    work(run)
    if (run >= 0) times.push(performance.now() - start)
  }
  return times
}

const median = (times: readonly number[]): number =>
  times.toSorted((left, right) => left - right)[times.length >> 1] ?? 0

const figure = (name: string, samples: number[]): Figure => ({
  name: `substitution: ${name}`,
  value: median(samples),
  unit: 'ms',
  samples,
})

const PLAIN: Values = Object.fromEntries(
  Array.from({ length: 200 }, (_, i) => [`Setting${i}`, `v${i}`]),
)

const LINES = 11_500

/** A configuration file of one megabyte with a variable in every line. */
const megabyte = (token: (variable: string) => string): string =>
  Array.from(
    { length: LINES },
    (_, i) =>
      `  "setting${i}": { "value": "${token(`Setting${i % 200}`)}", "note": "a line as configuration files have them" },\n`,
  ).join('')

/** Ten thousand different templates of one name each; no two runs have the same. */
const shortOnes = (token: (variable: string) => string, run: number): string[] =>
  Array.from({ length: SHORT }, (_, i) => `${token(`Setting${i % 200}`)}-${run}-${i}`)

/** Each engine with the same work: text with names in it, escaping off, values at hand. Compiled
 *  each time is what substituting a file once costs; compiled before is what is left of it then. */
const compare = (engine: Engine): Figure[] => {
  const { name, token, compile } = engine
  const file = megabyte(token)
  const renderFile = compile(file)
  const renderShort = shortOnes(token, 0).map(compile)
  const expected = megabyte(variable => PLAIN[variable] ?? '')
  if (renderFile(PLAIN) !== expected || renderShort[7]?.(PLAIN) !== 'v7-0-7')
    throw new Error(`${name} does not render what the others do.`)
  const eachTime = name === 'handlebars' ? 3 : RUNS
  const shortByRun = Array.from({ length: eachTime + WARM_UP }, (_, run) => shortOnes(token, run))
  return [
    figure(
      `1 MiB file, compiled each time: ${name}`,
      timesOf(() => {
        engine.forget()
        return compile(file)(PLAIN)
      }, eachTime),
    ),
    figure(
      `1 MiB file, compiled before: ${name}`,
      timesOf(() => renderFile(PLAIN)),
    ),
    figure(
      `${SHORT} values, compiled each time: ${name}`,
      timesOf(run => {
        engine.forget()
        return shortByRun[run + WARM_UP]?.map(template => compile(template)(PLAIN))
      }, eachTime),
    ),
    figure(
      `${SHORT} values, compiled before: ${name}`,
      timesOf(() => renderShort.map(render => render(PLAIN))),
    ),
  ]
}

/** What only our language has: values that are templates, filters, conditions. */
const ownWork = (): Figure[] => {
  const dictionary = new VariableDictionary({
    ...PLAIN,
    ...Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`Setting${10 * i}`, `https://#{Host}/${i}`]),
    ),
    Host: 'shop.example',
    Environment: 'Production',
  })
  const file = megabyte(SLIPWAY.token)
  const asFile = { haltOnError: false, ...fileLimits(file.length) }
  const filtered = Array.from({ length: SHORT }, (_, i) => `#{Setting${i % 200} | ToUpper}-${i}`)
  const condition = '#{if Environment == "Production"}#{Setting10}#{else}none#{/if}'
  return [
    figure(
      '1 MiB file, each tenth value a template: slipway',
      timesOf(() => evaluate(file, dictionary, asFile).value),
    ),
    figure(
      `${SHORT} values with a filter: slipway`,
      timesOf(() => filtered.map(template => evaluate(template, dictionary).value)),
    ),
    figure(
      `${SHORT} times the same condition: slipway`,
      timesOf(() => filtered.map(() => evaluate(condition, dictionary).value)),
    ),
    figure(
      `${SHORT} values without a token: slipway`,
      timesOf(() => filtered.map((_, i) => evaluate(`value ${i}`, dictionary).value)),
    ),
  ]
}

/** What substitution costs, beside the quickest template engines for JavaScript. */
export async function run(): Promise<Figure[]> {
  const figures = [SLIPWAY, ...OTHERS].flatMap(compare)
  const byWork = figures.toSorted((left, right) => workOf(left).localeCompare(workOf(right)))
  return [...byWork, ...ownWork()]
}

const workOf = ({ name }: Figure): string => name.slice(0, name.lastIndexOf(':'))
