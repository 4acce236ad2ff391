import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildRunner } from '../../runner/build.ts'

let built: Promise<string> | undefined

/** The runner as it is shipped, one file, built once a test process. */
export const runnerFile = (): Promise<string> => {
  built ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-runner-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'runner.mjs')
    await buildRunner(file)
    return file
  })()
  return built
}
