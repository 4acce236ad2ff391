import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { build } from 'esbuild'
import { pathTo } from '../paths.ts'
import { replaceFile } from '../replace-file.ts'

export interface Assets {
  /** Logical name (`slipway.css`) → URL with the content's hash. */
  readonly urls: Record<string, string>
  /** Files that the portal wants and that do not exist. */
  readonly missing: readonly string[]
}

/** What the portal takes from packages, under the names it uses for them. */
const FROM_PACKAGES = {
  'htmx.js': 'htmx.org/dist/htmx.min.js',
  'sse.js': 'htmx-ext-sse/dist/sse.min.js',
  'idiomorph.js': 'idiomorph/dist/idiomorph-ext.min.js',
}

const WANTED = ['slipway.css', 'portal.ts']
const BUNDLED = new Set(['.css', '.ts'])
const COPIED = new Set(['.svg', '.png', '.ico', '.woff2', '.webmanifest', '.txt'])

const HEADERS = `/*
  X-Content-Type-Options: nosniff
/assets/*
  Cache-Control: public, max-age=31536000, immutable
/runner.mjs
  Cache-Control: no-cache
`

/** `.build/assets/`: stylesheets and scripts of `ui/assets` bundled, pictures copied, packages' files
 *  beside them; all under names that carry their hash. */
export const buildAssets = async (): Promise<Assets> => {
  const source = pathTo('ui', 'assets')
  const files = existsSync(source) ? (await readdir(source)).sort() : []
  const made: [string, Uint8Array][] = []
  for (const [name, path] of Object.entries(FROM_PACKAGES)) {
    made.push([name, await readFile(pathTo('node_modules', path))])
  }
  for (const file of files.filter(name => COPIED.has(extname(name)))) {
    made.push([file, await readFile(join(source, file))])
  }
  const entries = files.filter(name => BUNDLED.has(extname(name)) && !name.endsWith('.d.ts'))
  made.push(...(await bundle(entries.map(name => join(source, name)))))

  const urls: Record<string, string> = {}
  for (const [name, contents] of made) {
    const url = `/assets/${hashedName(name, contents)}`
    await replaceFile(pathTo('.build', 'assets', url), contents)
    urls[name] = url
  }
  await replaceFile(pathTo('.build', 'assets', '_headers'), HEADERS)
  await replaceFile(pathTo('.build', 'asset-manifest.json'), `${JSON.stringify(urls, null, 2)}\n`)
  await removeForgotten(new Set(Object.values(urls).map(url => basename(url))))
  const missing = WANTED.filter(name => !files.includes(name)).map(name => `ui/assets/${name}`)
  return { urls, missing }
}

const bundle = async (entryPoints: string[]): Promise<[string, Uint8Array][]> => {
  if (entryPoints.length === 0) return []
  const { outputFiles } = await build({
    entryPoints,
    outdir: pathTo('.build', 'assets', 'assets'),
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2022', 'chrome111', 'firefox114', 'safari16.4'],
    loader: { '.svg': 'dataurl', '.woff2': 'dataurl', '.png': 'dataurl' },
    logLevel: 'silent',
  })
  return outputFiles.map(file => [basename(file.path), file.contents])
}

const hashedName = (name: string, contents: Uint8Array): string => {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10)
  const extension = extname(name)
  return `${basename(name, extension)}-${hash}${extension}`
}

const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1000

/** Yesterday's files go; a server that still runs may be asked for today's. */
const removeForgotten = async (current: ReadonlySet<string>): Promise<void> => {
  const directory = pathTo('.build', 'assets', 'assets')
  for (const name of await readdir(directory)) {
    if (current.has(name)) continue
    const path = join(directory, name)
    if ((await stat(path)).mtimeMs < Date.now() - FORGOTTEN_AFTER_MS) await unlink(path)
  }
}
