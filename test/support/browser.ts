import { existsSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { unpackBrowser } from './browser/unpack.ts'

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser']

/** No sandbox: tests run as root in containers. Nothing of the browser's own may leave the machine. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * A Chromium: the one that CHROMIUM_PATH names, else an installed one, else npm's.
 * @throws when there is none: browser tests fail then, they are never left out
 */
export const launchBrowser = async (): Promise<Browser> => {
  const named = process.env.CHROMIUM_PATH
  if (named && !existsSync(named))
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist. Correct or unset it.`)
  const installed = named || INSTALLED.find(path => existsSync(path))
  const { executablePath, env } = installed
    ? { executablePath: installed, env: {} }
    : await unpackBrowser()
  return chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env } })
}

export type Visitor = {
  context: BrowserContext
  page: Page
  /** What no page may cause: errors in the console, refusals by the content policy, requests to anybody else. */
  complaints: string[]
}

export type VisitorOptions = Pick<
  BrowserContextOptions,
  'javaScriptEnabled' | 'colorScheme' | 'viewport' | 'storageState'
>

/** A person with a browser of their own: no cookies yet, and everything that goes wrong is written down. */
export const openVisitor = async (
  browser: Browser,
  url: string,
  options: VisitorOptions = {},
): Promise<Visitor> => {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options,
  })
  const complaints: string[] = []
  context.on('weberror', error => complaints.push(`uncaught: ${error.error().message}`))
  context.on('console', message => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.page()?.url()}: ${message.type()}: ${message.text()}`)
  })
  context.on('request', request => {
    const address = request.url()
    if (!address.startsWith(`${url}/`) && !address.startsWith('data:'))
      complaints.push(`a request to ${address}`)
  })
  const page = await context.newPage()
  return { context, page, complaints }
}
