import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { pathTo } from '../../../worker/local/paths.ts'

/** The last one before artifacts, health reports and quarantine came into the conversation. */
const OLDER = 'f837868'

/** A runner built from the repository's own past; undefined where there is no history to build from. */
export const olderRunner = async (folder: string): Promise<string | undefined> => {
  const past = join(folder, 'past')
  mkdirSync(past)
  try {
    const archive = execFileSync('git', ['archive', OLDER, 'runner'], {
      cwd: pathTo(),
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    execFileSync('tar', ['-x', '-C', past], { input: archive })
  } catch {
    return undefined
  }
  symlinkSync(pathTo('node_modules'), join(past, 'node_modules'))
  const outfile = join(past, 'runner.mjs')
  await build({
    entryPoints: [join(past, 'runner/main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  })
  return outfile
}
