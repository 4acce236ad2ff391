import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Counts, type Say, tests } from '../support/checks.ts'
import { startProduct } from '../support/product.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** The client's own live tests against a fresh product whose runner finds a small `pwsh` stand-in
 *  behind whatever the machine has. */
export const clientTests = async (say?: Say): Promise<Counts> => {
  const stand = join(HERE, '../support/bin')
  const product = await startProduct({
    sample: false,
    runner: true,
    env: { PATH: `${process.env.PATH ?? ''}${delimiter}${stand}` },
  })
  try {
    return await tests(
      report => [
        'jest',
        // In one process: its workers cannot pass each other the client's errors. Its sockets stay open.
        [
          '-i',
          '--forceExit',
          '--ci',
          '--silent',
          '--config',
          join(HERE, 'jest.config.cjs'),
          '--json',
          `--outputFile=${report}`,
        ],
      ],
      { OCTOPUS_TEST_URL: product.url, OCTOPUS_TEST_API_KEY: product.apiKey },
      say,
    )
  } finally {
    await product.stop()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed } = await clientTests()
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
}
