import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { allPages } from './support/all-pages.tsx'
import { render } from './support/markup.ts'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const gzipped = (bytes: Uint8Array | string) => gzipSync(bytes).byteLength

const bundled = async (path: string): Promise<number> => {
  const { outputFiles } = await build({
    entryPoints: [at(path)],
    bundle: true,
    minify: true,
    format: 'iife',
    write: false,
    outdir: '.',
    target: ['es2022', 'chrome111', 'firefox114', 'safari16.4'],
  })
  return gzipped(outputFiles[0]?.contents ?? new Uint8Array())
}

const own = {
  css: () => bundled('ui/assets/slipway.css'),
  script: () => bundled('ui/assets/portal.ts'),
  icons: async () => gzipped(await readFile(at('ui/assets/icons.svg'))),
}
const libraries = [
  'node_modules/htmx.org/dist/htmx.min.js',
  'node_modules/idiomorph/dist/idiomorph-ext.min.js',
  'node_modules/htmx-ext-sse/dist/sse.min.js',
]

describe('what the first visit downloads, gzipped', () => {
  it('is at most 16 kB of styles', async () => expect(await own.css()).toBeLessThanOrEqual(16_000))
  it('is at most 6 kB of our own script', async () =>
    expect(await own.script()).toBeLessThanOrEqual(6_000))
  it('is at most 4 kB of icons', async () => expect(await own.icons()).toBeLessThanOrEqual(4_000))

  it('is at most 45 kB altogether', async () => {
    const parts = await Promise.all([
      own.css(),
      own.script(),
      own.icons(),
      ...libraries.map(async path => gzipped(await readFile(at(path)))),
    ])
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(45_000)
  })

  it.each(allPages('light', 'usual'))('and for the page $name at most 20 kB', async ({ page }) =>
    expect(gzipped(await render(page))).toBeLessThanOrEqual(20_000),
  )
})
