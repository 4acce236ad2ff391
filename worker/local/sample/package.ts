import { readFile } from 'node:fs/promises'
import { strToU8, zipSync } from 'fflate'
import { pathTo } from '../paths.ts'

export const PACKAGE_ID = 'Storefront.Web'
export const PACKAGE_VERSION = '1.0.0'
export const PACKAGE_FILE = `${PACKAGE_ID}.${PACKAGE_VERSION}.zip`

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Storefront in #{Octopus.Environment.Name}</title>
    <script src="htmx.min.js"></script>
  </head>
  <body style="font-family: system-ui; border-top: 1rem solid #{Accent}; padding: 2rem">
    <h1>#{Greeting}</h1>
    <p>Release #{Octopus.Release.Number}, deployed to #{Octopus.Environment.Name}.</p>
    <p hx-get="settings.json" hx-trigger="load"></p>
  </body>
</html>
`

const SETTINGS = {
  Environment: 'none: not deployed yet',
  Catalogue: { Address: 'http://localhost:9000', PageSize: 10 },
  Features: { Reviews: false },
}

/** A package of a real web page: htmx as npm publishes it, a page and a settings file that both change
 *  from environment to environment, and a script of its own. */
export const makePackage = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const htmx = await readFile(pathTo('node_modules', 'htmx.org', 'dist', 'htmx.min.js'))
  const files = {
    'index.html': strToU8(PAGE),
    'settings.json': strToU8(`${JSON.stringify(SETTINGS, null, 2)}\n`),
    'htmx.min.js': htmx,
    'PostDeploy.sh': strToU8('echo "The page has $(wc -c < index.html) bytes."\n'),
  }
  return zipSync(files, { mtime: new Date('2026-01-01T00:00:00Z') })
}
