import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar-stream'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PACKAGE = join(ROOT, 'node_modules/@sparticuz/chromium')
const PARTS = ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']

export type PackedBrowser = { executablePath: string; env: Record<string, string> }

/**
 * The Chromium inside the npm package, with the libraries and the font that a bare machine lacks.
 * Unpacked once into `.build`, complete or not at all, so that two test runs cannot meet half of it.
 */
export const unpackBrowser = async (): Promise<PackedBrowser> => {
  if (!existsSync(join(PACKAGE, 'bin/chromium.br')))
    throw new Error(
      'The browser tests need a browser: no Chromium is installed, and the package ' +
        '@sparticuz/chromium is missing. Run `npm ci`, or name one by CHROMIUM_PATH.',
    )
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as {
    version: string
  }
  const folder = join(ROOT, '.build', `chromium-${version}`)
  if (!existsSync(folder)) await unpackInto(folder)
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      HOME: process.env.HOME ?? folder,
    },
  }
}

const unpackInto = async (folder: string): Promise<void> => {
  await mkdir(dirname(folder), { recursive: true })
  const made = await mkdtemp(`${folder}-`)
  try {
    const executable = join(made, 'chromium')
    await pipeline(
      createReadStream(join(PACKAGE, 'bin/chromium.br')),
      createBrotliDecompress(),
      createWriteStream(executable),
    )
    await chmod(executable, 0o755)
    for (const part of PARTS) await unpackTar(join(PACKAGE, 'bin', part), made)
    await writeFile(join(made, 'fonts.conf'), fontsIn(folder))
    await chmod(made, 0o755)
    await rename(made, folder)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
}

const unpackTar = async (file: string, into: string): Promise<void> => {
  const entries = extract()
  const reading = pipeline(createReadStream(file), createBrotliDecompress(), entries)
  for await (const entry of entries) {
    const { name, type } = entry.header
    const target = join(into, name)
    if (type === 'file' && target.startsWith(into + sep)) {
      await mkdir(dirname(target), { recursive: true })
      await pipeline(entry, createWriteStream(target, { mode: 0o755 }))
    } else entry.resume()
  }
  await reading
}

/** The package's own file looks for its font in a fixed place; ours is beside it. */
const fontsIn = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
</fontconfig>
`
