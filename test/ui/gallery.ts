/** Renders every page with usual, long and empty data, and photographs each in light and dark, wide and narrow.
 *  `node test/ui/gallery.ts FOLDER [part of a name] [usual|long|empty]` */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Theme } from '../../ui/frame.tsx'
import { launchBrowser } from '../support/browser.ts'
import type { allPages } from './support/all-pages.tsx'
import type { Amount } from './support/kit.ts'

const root = new URL('../..', import.meta.url).pathname
const [folder = join(tmpdir(), 'slipway-gallery'), part = '', onlyAmount = ''] =
  process.argv.slice(2)
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"

const built = await mkdtemp(join(tmpdir(), 'slipway-gallery-'))
await mkdir(folder, { recursive: true })

const names = {
  'slipway.css': 'ui/assets/slipway.css',
  'portal.js': 'ui/assets/portal.ts',
}
await build({
  entryPoints: Object.values(names).map(path => join(root, path)),
  outdir: join(built, 'assets'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'chrome111', 'firefox114', 'safari16.4'],
})
const copied: Record<string, string> = {
  'icons.svg': 'ui/assets/icons.svg',
  'favicon.svg': 'ui/assets/favicon.svg',
  'htmx.js': 'node_modules/htmx.org/dist/htmx.min.js',
  'idiomorph.js': 'node_modules/idiomorph/dist/idiomorph-ext.min.js',
  'sse.js': 'node_modules/htmx-ext-sse/dist/sse.min.js',
}
const urls = Object.fromEntries(
  [...Object.keys(names), ...Object.keys(copied)].map(name => [name, `/assets/${name}`]),
)
await build({
  entryPoints: [join(root, 'test/ui/support/all-pages.tsx')],
  outfile: join(built, 'pages.mjs'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  jsx: 'automatic',
  jsxImportSource: 'hono/jsx',
  plugins: [
    {
      name: 'assets',
      setup: ({ onResolve, onLoad }) => {
        onResolve({ filter: /^slipway:assets$/ }, ({ path }) => ({ path, namespace: 'assets' }))
        onLoad({ filter: /.*/, namespace: 'assets' }, () => ({
          contents: JSON.stringify(urls),
          loader: 'json',
        }))
      },
    },
  ],
})
const pages = (await import(pathToFileURL(join(built, 'pages.mjs')).href)) as {
  allPages: typeof allPages
}

const documents = new Map<string, string>()
const themes: Theme[] = ['light', 'dark']
const amounts: Amount[] = ['usual', 'long', 'empty']
for (const theme of themes)
  for (const amount of amounts)
    for (const { name, page } of pages.allPages(theme, amount))
      if (name.includes(part) && (!onlyAmount || amount === onlyAmount))
        documents.set(`${name}.${amount}.${theme}`, `<!doctype html>${await page}`)

const types: Record<string, string> = {
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
}
const server = createServer(async (request, response) => {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const asset = /^\/assets\/([\w.]+)$/.exec(path)?.[1]
  if (asset) {
    const file = copied[asset] ? join(root, copied[asset]) : join(built, 'assets', asset)
    response.writeHead(200, { 'content-type': types[asset.split('.').at(-1) ?? ''] ?? '' })
    response.end(await readFile(file))
    return
  }
  const page = documents.get(path.slice(1))
  response.writeHead(page ? 200 : 404, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
  })
  response.end(page ?? '')
})
await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const browser = await launchBrowser()
const complaints: string[] = []
for (const [label, width, height] of [
  ['wide', 1280, 800],
  ['narrow', 390, 844],
] as const) {
  const page = await browser.newPage({ viewport: { width, height } })
  let now = ''
  page.on('console', message => {
    if (message.type() === 'error' && !message.text().includes('404'))
      complaints.push(`${now}: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`${now}: ${error.message}`))
  for (const name of documents.keys()) {
    now = `${name}.${label}`
    await page.goto(`${origin}/${name}`, { waitUntil: 'load' })
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    if (overflow > 0) complaints.push(`${now}: the page is ${overflow} px too wide`)
    await page.screenshot({ path: join(folder, `${now}.png`), fullPage: label === 'narrow' })
  }
  await page.close()
}
await browser.close()
server.close()
await rm(built, { recursive: true, force: true })
for (const complaint of complaints) console.log(complaint)
console.log(`${documents.size * 2} pictures in ${folder}, ${complaints.length} complaints`)
