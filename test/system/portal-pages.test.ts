import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { violationsIn } from '../support/browser/accessibility.ts'
import { type BrowserPortal, startBrowserPortal } from '../support/browser/portal.ts'

let portal: BrowserPortal

beforeAll(async () => {
  portal = await startBrowserPortal()
})
afterAll(() => portal?.stop())

const PAGES = [
  '/',
  '/projects',
  '/projects/new',
  '/projects/Projects-1',
  '/projects/Projects-1/process',
  '/projects/Projects-1/process/new-step?kind=package',
  '/projects/Projects-1/process/new-step?kind=manual',
  '/projects/Projects-1/variables',
  '/projects/Projects-1/variables?add=new',
  '/projects/Projects-1/variables/preview?environment=Environments-1',
  '/projects/Projects-1/variables/library-sets',
  '/projects/Projects-1/channels',
  '/projects/Projects-1/channels/new',
  '/releases/Releases-1/variables',
  '/releases/Releases-1/variables?show=changes',
  '/library/variable-sets',
  '/library/variable-sets/new',
  '/library/script-modules/new',
  '/projects/Projects-1/releases',
  '/projects/Projects-1/releases/new',
  '/projects/Projects-1/settings',
  '/releases/Releases-1',
  '/releases/Releases-1/deploy',
  '/releases/Releases-1/deploy?environment=Environments-1',
  '/deployments/Deployments-1',
  '/tasks',
  '/tasks?state=input',
  '/infrastructure/environments',
  '/infrastructure/targets',
  '/infrastructure/targets/new',
  '/infrastructure/targets/Machines-1',
  '/infrastructure/worker-pools',
  '/library/packages',
  '/library/packages/Storefront.Web',
  '/library/packages/upload',
  '/library/lifecycles',
  '/library/lifecycles/Lifecycles-1',
  '/configuration',
  '/account/api-keys',
  '/search?q=store',
  '/nowhere',
]

/** Between them they hold every component. */
const COLOURFUL = [
  '/projects/Projects-1',
  '/projects/Projects-1/process',
  '/projects/Projects-1/variables?add=new',
  '/releases/Releases-1',
  '/releases/Releases-1/deploy?environment=Environments-1',
  '/projects/Projects-1/process/new-step?kind=script',
  '/deployments/Deployments-1',
  '/infrastructure/targets',
  '/library/packages/Storefront.Web',
  '/configuration',
]

describe.each([
  { theme: 'light', what: 'no accessibility violation', rule: undefined, pages: PAGES },
  { theme: 'dark', what: 'contrast enough', rule: 'color-contrast', pages: COLOURFUL },
])('in $theme', ({ theme, what, rule, pages }) => {
  let page: Page
  beforeAll(async () => {
    page = await portal.ada()
    await page
      .context()
      .addCookies([{ name: 'slipway-theme', value: theme, url: portal.product.url }])
  })
  afterAll(() => page?.context().close())

  it.each(pages)(`%s has ${what}`, async path => {
    await page.goto(path)
    expect(await violationsIn(page, rule)).toEqual([])
  })
})

describe('on a phone', () => {
  let page: Page
  beforeAll(async () => {
    page = await portal.ada({ viewport: { width: 390, height: 844 } })
  })
  afterAll(() => page?.context().close())

  it.each(PAGES)('%s is not wider than the screen', async path => {
    await page.goto(path)
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow).toBe(0)
  })
})

it('the browser had nothing to complain about: no script failed, no policy was broken', () => {
  expect(portal.complaints()).toEqual([])
})
