import { type BuildOptions, build, type Plugin } from 'esbuild'
import { pathTo } from '../paths.ts'
import { replaceFile } from '../replace-file.ts'

/** How what workerd runs is made into one module. */
export const WORKER_BUNDLE = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  mainFields: ['browser', 'module', 'main'],
  external: ['cloudflare:*', 'node:*'],
  jsx: 'automatic',
  jsxImportSource: 'hono/jsx',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'silent',
} satisfies BuildOptions

/** `.build/worker.js`: one module, for workerd here and hosted alike. */
export const buildWorker = async (assetUrls: Record<string, string>): Promise<void> => {
  const result = await build({
    entryPoints: [pathTo('worker', 'main.ts')],
    outfile: pathTo('.build', 'worker.js'),
    write: false,
    ...WORKER_BUNDLE,
    sourcemap: 'linked',
    plugins: [assetsModule(assetUrls)],
  })
  for (const file of result.outputFiles) await replaceFile(file.path, file.contents)
}

const RUNNER_BANNER = `#!/usr/bin/env node
import { createRequire as __createRequire } from 'node:module'
const require = __createRequire(import.meta.url)`

/** `.build/assets/runner.mjs`: one file without dependencies, for Node 20 and Deno 2, which the Worker
 *  serves to the targets at `/runner.mjs`. */
export const buildRunner = async (): Promise<void> => {
  const result = await build({
    entryPoints: [pathTo('runner', 'main.ts')],
    outfile: pathTo('.build', 'assets', 'runner.mjs'),
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: RUNNER_BANNER },
    legalComments: 'inline',
    logLevel: 'silent',
  })
  for (const file of result.outputFiles) await replaceFile(file.path, file.contents)
}

/** `import urls from 'slipway:assets'`: under which URL each static file is served. */
const assetsModule = (urls: Record<string, string>): Plugin => ({
  name: 'slipway-assets',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^slipway:assets$/ }, ({ path }) => ({ path, namespace: 'slipway' }))
    onLoad({ filter: /.*/, namespace: 'slipway' }, () => ({
      contents: JSON.stringify(urls),
      loader: 'json',
    }))
  },
})
