import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { WORKER_BUNDLE } from '../../../worker/local/build/code.ts'

/** What a world runs: the product's sources, with seams that only a test build has. */
export type Build = { worker: string; runner: string; assets: string }

/** Constants by file; `times: 'tenth'` makes waits of minutes ones of seconds, on both sides. */
export type Times = 'real' | 'tenth'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const TENTH: Record<string, Record<string, number>> = {
  'runner/protocol/limits.ts': {
    POLL_WAIT_MS: 2_500,
    OFFER_TTL_MS: 2_000,
    LEASE_TTL_MS: 6_000,
    LOST_AFTER_MS: 60_000,
  },
  'runner/server.ts': { REQUEST_MS: 8_000 },
  'worker/runners/liveness.ts': { CONNECTED_MS: 3_500, UNAVAILABLE_MS: 6_000, FLUSH_MS: 1_500 },
  'worker/schedule.ts': { QUIET_MS: 6_000 },
}

const made = new Map<Times, Promise<Build>>()
let folder: Promise<string> | undefined

/** Built once a process and kind, from the sources as they are. */
export const testBuild = (times: Times = 'real'): Promise<Build> => {
  const known = made.get(times) ?? make(times)
  made.set(times, known)
  return known
}

export const removeBuilds = async (): Promise<void> => {
  if (folder) await rm(await folder, { recursive: true, force: true })
}

const make = async (times: Times): Promise<Build> => {
  folder ??= mkdtemp(join(tmpdir(), 'slipway-faults-build-'))
  const out = join(await folder, times)
  const assets = join(out, 'assets')
  await mkdir(assets, { recursive: true })
  const plugins = [assetNames, scaled(times === 'real' ? {} : TENTH)]
  const worker = join(out, 'worker.js')
  const runner = join(out, 'runner.mjs')
  await Promise.all([
    build({
      entryPoints: [fileURLToPath(new URL('./probe.js', import.meta.url))],
      outfile: worker,
      ...WORKER_BUNDLE,
      plugins,
    }),
    build({
      entryPoints: [join(ROOT, 'runner/main.ts')],
      outfile: runner,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
      plugins,
      logLevel: 'silent',
    }),
  ])
  return { worker, runner, assets }
}

/** Pages name their assets plainly; nobody fetches them here. */
const assetNames: Plugin = {
  name: 'asset-names',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^slipway:assets$/ }, () => ({
      path: join(ROOT, 'test/support/asset-manifest.ts'),
    }))
  },
}

/** Other values for exported constants. A name that is not found fails the build: it has moved. */
const scaled = (values: Record<string, Record<string, number>>): Plugin => ({
  name: 'scaled-times',
  setup: ({ onLoad }) => {
    for (const [file, constants] of Object.entries(values)) {
      const path = join(ROOT, file)
      const filter = new RegExp(`${path.replaceAll(/[.\\/]/g, '\\$&')}$`)
      onLoad({ filter }, async () => {
        let contents = await readFile(path, 'utf8')
        for (const [name, value] of Object.entries(constants)) {
          const stated = new RegExp(`(const ${name} = )[^\\n]+`)
          if (!stated.test(contents)) throw new Error(`${file} has no constant ${name} any more`)
          contents = contents.replace(stated, `$1${value}`)
        }
        return { contents, loader: 'ts' }
      })
    }
  },
})
