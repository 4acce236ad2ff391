import { clientTests } from '../octopus-client/run.ts'
import { type Counts, check, type Say, tests } from './checks.ts'
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

type Stage = [title: string, run: (say?: Say) => Promise<Counts>]

const stages: Stage[] = [
  ['Build', () => check('node', ['worker/local/build.ts'])],
  ['Types', () => check('tsc', ['-b'])],
  ['Style', () => check('biome', ['check', '--error-on-warnings'])],
  ['Unit tests', () => vitest('unit')],
  ["Store tests on libSQL's own server", onLibsqlServer],
  ['System tests', () => vitest('system')],
]

/** It mostly waits for its own polls: it runs beside the rest once there is a build, and is heard at the end. */
const beside: Stage = ["The TypeScript client's own live tests", clientTests]

const total: Counts = { passed: 0, failed: 0 }
const failures: string[] = []

const carriedOut = async ([title, run]: Stage, say?: Say): Promise<void> => {
  const write = (text: string) => (say ? say(Buffer.from(text)) : process.stdout.write(text))
  write(`\n── ${title}\n`)
  const started = performance.now()
  const { passed, failed } = await counted(() => run(say), write)
  total.passed += passed
  total.failed += failed
  if (failed > 0) failures.push(title)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  write(`── ${title}: ${passed} passed, ${failed} failed, ${seconds} s\n`)
}

/** A stage that cannot even start is a failure like any other: the rest is still run and counted. */
const counted = async (
  run: () => Promise<Counts>,
  write: (text: string) => unknown,
): Promise<Counts> => {
  try {
    return await run()
  } catch (error) {
    write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
    return { passed: 0, failed: 1 }
  }
}

const [build, ...others] = stages as [Stage, ...Stage[]]
await carriedOut(build)
const heard: Buffer[] = []
const client = carriedOut(beside, chunk => heard.push(chunk))
for (const stage of others) await carriedOut(stage)
await client
process.stdout.write(Buffer.concat(heard))
if (failures.length > 0) process.stdout.write(`\nFailed: ${failures.join(', ')}\n`)
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed > 0 ? 1 : 0
