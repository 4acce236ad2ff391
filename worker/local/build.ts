import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { buildAssets } from './build/assets.ts'
import { buildRunner, buildWorker } from './build/code.ts'
import { readStamp, sourceStamp, writeStamp } from './build/stamp.ts'
import { pathTo } from './paths.ts'

const ENTRIES = ['worker/main.ts', 'runner/main.ts']

/** Makes `.build/`: the Worker, the runner and the static files. Says what it left out because its
 *  source does not exist. */
export const build = async (say: (line: string) => void): Promise<void> => {
  const stamp = await sourceStamp()
  const absent = ENTRIES.filter(entry => !existsSync(pathTo(entry)))
  const { urls, missing } = await buildAssets()
  for (const left of [...missing, ...absent]) say(`Left out of the build: ${left} does not exist.`)
  await Promise.all([
    !absent.includes('runner/main.ts') && buildRunner(),
    !absent.includes('worker/main.ts') && buildWorker(urls),
  ])
  await writeStamp(stamp)
}

/** Builds unless `.build/` was made from exactly these sources. */
export const buildIfOutdated = async (say: (line: string) => void): Promise<void> => {
  if ((await readStamp()) !== (await sourceStamp())) await build(say)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const started = performance.now()
  try {
    await build(line => process.stdout.write(`${line}\n`))
    process.stdout.write(`Built in ${Math.round(performance.now() - started)} ms.\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
