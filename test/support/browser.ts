import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** An installed Chromium where there is one (`CHROMIUM` names another), else the one npm brings along
 *  with the libraries that a bare system lacks. */
export const launchBrowser = async (): Promise<Browser> => {
  const installed = process.env.CHROMIUM ?? find()
  return installed
    ? chromium.launch({ executablePath: installed, args: FLAGS })
    : chromium.launch({ executablePath: await unpacked(), args: [...FLAGS, '--no-zygote'] })
}

const find = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap(folder => NAMES.map(name => join(folder, name)))
    .find(path => existsSync(path))

const unpacked = async (): Promise<string> => {
  const { default: packed, inflate, setupLambdaEnvironment } = await import('@sparticuz/chromium')
  await inflate(
    fileURLToPath(
      new URL('../../node_modules/@sparticuz/chromium/bin/al2023.tar.br', import.meta.url),
    ),
  )
  setupLambdaEnvironment(join(tmpdir(), 'al2023', 'lib'))
  return packed.executablePath()
}
