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
    <button hx-on:click="this.nextElementSibling.hidden = false">Show the settings</button>
    <p hidden>Catalogue at #{Catalogue.Address}, #{Catalogue.PageSize} a page; reviews: #{Features.Reviews}</p>
  </body>
</html>
`

const SETTINGS = `{
  "Environment": "#{Octopus.Environment.Name}",
  "Catalogue": {
    "Address": "#{Catalogue.Address}",
    "PageSize": #{Catalogue.PageSize}
  },
  "Features": {
    "Reviews": #{Features.Reviews}
  }
}
`

/** A package of a real web page: htmx as npm publishes it, a page and a settings file that both change
 *  from environment to environment, and a script of its own. */
export const makePackage = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const htmx = await readFile(pathTo('node_modules', 'htmx.org', 'dist', 'htmx.min.js'))
  const files = {
    'index.html': strToU8(PAGE),
    'settings.json': strToU8(SETTINGS),
    'htmx.min.js': htmx,
    'PostDeploy.sh': strToU8('echo "The page has $(wc -c < index.html) bytes."\n'),
  }
  return zipSync(files, { mtime: new Date('2026-01-01T00:00:00Z') })
}
