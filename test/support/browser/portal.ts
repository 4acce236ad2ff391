import type { Browser, Page } from 'playwright-core'
import { launchBrowser, openVisitor, type VisitorOptions } from '../browser.ts'
import { type Product, startProduct } from '../product.ts'
import { visitFirst } from './ada.ts'

export type BrowserPortal = {
  product: Product
  /** Somebody with a browser of their own, not signed in. */
  stranger: (options?: VisitorOptions) => Promise<Page>
  /** Ada, who signed in before; each with a browser of her own. */
  ada: (options?: VisitorOptions) => Promise<Page>
  /** What the browsers complained about: scripts, styles, policy; not that a request was refused. */
  complaints: () => string[]
  stop: () => Promise<void>
}

/** The whole product with its sample and its runner, and a browser before it. */
export const startBrowserPortal = async (): Promise<BrowserPortal> => {
  const [product, browser] = await Promise.all([
    startProduct({ sample: true, runner: true }),
    launchBrowser(),
  ])
  const complaints: string[][] = []
  const visit = async (options: VisitorOptions = {}): Promise<Page> => {
    const visitor = await openVisitor(browser, product.url, options)
    complaints.push(visitor.complaints)
    return visitor.page
  }
  let session: Promise<Session> | undefined
  return {
    product,
    stranger: visit,
    ada: async (options = {}) => {
      session ??= sessionOf(browser, product)
      return visit({ ...options, storageState: await session })
    },
    complaints: () => complaints.flat().filter(each => !/status of 4\d\d/.test(each)),
    stop: async () => {
      await browser.close()
      await product.stop()
    },
  }
}

type Session = Exclude<VisitorOptions['storageState'], string | undefined>

/** One sign-in for all of a file's pages: hashing a password takes its time, as it should. */
const sessionOf = async (browser: Browser, product: Product): Promise<Session> => {
  const { page, context } = await openVisitor(browser, product.url)
  await visitFirst(page, product)
  const session = await context.storageState()
  await context.close()
  return session
}
