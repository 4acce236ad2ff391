import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles the runner into the one file that targets get. It is never part of that file itself. */
export const buildRunner = async (outfile: string): Promise<void> => {
  await build({
    entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'error',
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  })
}
