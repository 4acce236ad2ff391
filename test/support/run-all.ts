import { clientTests } from '../octopus-client/run.ts'
import { type Counts, check, tests } from './checks.ts'
import { hasLibsqlServer } from './store-tests.ts'

// `npm test`: types, style, every test there is; the last line counts them.

const vitest = (project: string) =>
  tests(report => [
    'vitest',
    [
      'run',
      '--config',
      'test/vitest.config.ts',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
  ])

const onLibsqlServer = async (): Promise<Counts> => {
  if (hasLibsqlServer()) return vitest('server-stores')
  process.stdout.write("Left out: libSQL's server is not installed on this platform.\n")
  return { passed: 0, failed: 0 }
}

const stages: [title: string, run: () => Promise<Counts>][] = [
  ['Build', () => check('node', ['worker/local/build.ts'])],
  ['Types', () => check('tsc', ['-b'])],
  ['Style', () => check('biome', ['check', '--error-on-warnings'])],
  ['Unit tests', () => vitest('unit')],
  ["Store tests on libSQL's own server", onLibsqlServer],
  ['System tests', () => vitest('system')],
  ["The TypeScript client's own live tests", clientTests],
]

/** A stage that cannot even start is a failure like any other: the rest is still run and counted. */
const counted = async (run: () => Promise<Counts>): Promise<Counts> => {
  try {
    return await run()
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
    return { passed: 0, failed: 1 }
  }
}

const total: Counts = { passed: 0, failed: 0 }
const failures: string[] = []
for (const [title, run] of stages) {
  process.stdout.write(`\n── ${title}\n`)
  const started = performance.now()
  const { passed, failed } = await counted(run)
  total.passed += passed
  total.failed += failed
  if (failed > 0) failures.push(title)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`── ${title}: ${passed} passed, ${failed} failed, ${seconds} s\n`)
}
if (failures.length > 0) process.stdout.write(`\nFailed: ${failures.join(', ')}\n`)
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed > 0 ? 1 : 0
