import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Counts = { passed: number; failed: number }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')

/** Where the output of a command goes: shown at once unless it is given. */
export type Say = (chunk: Buffer) => void

/** Runs a command of the project; true when it exits with 0. */
export const run = async (
  command: string,
  args: string[],
  environment: Record<string, string> = {},
  say?: Say,
): Promise<boolean> => {
  const path = `${BIN}:${process.env.PATH ?? ''}`
  const output = say ? 'pipe' : 'inherit'
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ['ignore', output, output],
    env: { ...process.env, PATH: path, ...environment },
  })
  if (say) for (const stream of [child.stdout, child.stderr]) stream?.on('data', say)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return code === 0
}

/** A check that passes or fails as a whole. */
export const check = async (command: string, args: string[]): Promise<Counts> =>
  (await run(command, args)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }

/**
 * A test runner that writes Jest's JSON report; vitest and jest both do. A run that ends badly
 * without a failed test (a file that cannot be loaded, a leaked error) still counts as one failure.
 */
export const tests = async (
  command: (report: string) => [string, string[]],
  environment?: Record<string, string>,
  say?: Say,
): Promise<Counts> => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-report-'))
  try {
    const report = join(folder, 'report.json')
    const [program, args] = command(report)
    const succeeded = await run(program, args, environment, say)
    const { passed, failed } = await counts(report)
    return { passed, failed: Math.max(failed, succeeded && passed > 0 ? 0 : 1) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const counts = async (report: string): Promise<Counts> => {
  const text = await readFile(report, 'utf8').catch(() => '{}')
  const { numPassedTests = 0, numFailedTests = 0 } = JSON.parse(text) as Record<string, number>
  return { passed: numPassedTests, failed: numFailedTests }
}
