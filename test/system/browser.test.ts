import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiClient } from '../support/api.ts'
import { violationsIn } from '../support/browser/accessibility.ts'
import { signIn } from '../support/browser/ada.ts'
import { createGatedProject, type GatedProject } from '../support/browser/gated-project.ts'
import {
  launchBrowser,
  openVisitor,
  type Visitor,
  type VisitorOptions,
} from '../support/browser.ts'
import { type Product, startProduct } from '../support/product.ts'

const ADMIN = { username: 'admin', password: 'a long enough password' }
const PATIENCE = { timeout: 30_000 }

let product: Product
let browser: Browser
let shop: GatedProject
const visitors: Visitor[] = []

const visit = async (options?: VisitorOptions): Promise<Page> => {
  const visitor = await openVisitor(browser, product.url, options)
  visitors.push(visitor)
  return visitor.page
}

/** From the project's page to the page of the deployment that was started. */
const createAndDeploy = async (page: Page, version: string): Promise<void> => {
  await page.goto(`/projects/${shop.id}/releases/new`)
  await page.getByLabel('Version').fill(version)
  await page.getByRole('button', { name: 'Create release' }).click()
  await page.getByRole('link', { name: 'Deploy to Development' }).click()
  await page.getByRole('button', { name: `Deploy ${version} to Development` }).click()
  await page.locator('#deployment-header').waitFor()
}

/** What makes a page wider than the screen; runs in the page. */
const beyondTheEdge = (): string[] => {
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth <= clientWidth) return []
  return [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > clientWidth)
    .map(element => `${location.pathname}: ${element.outerHTML.slice(0, 120)}`)
}

const logLine = (page: Page, text: string) => page.locator('.log-line', { hasText: text })
const stateOf = (page: Page, word: string) =>
  page.locator('#deployment-header .chip', { hasText: word })

beforeAll(async () => {
  product = await startProduct({ sample: true, runner: true })
  shop = await createGatedProject(apiClient(product.url, product.apiKey), 'Shop')
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await shop?.open()
  await product?.stop()
  await shop?.remove()
})

describe('a newcomer in a browser', () => {
  let page: Page
  beforeAll(async () => {
    page = await visit()
  })

  it('signs in by the link of the terminal and chooses a password', async () => {
    await page.goto(product.signInUrl)
    await page.getByLabel('New password').fill(ADMIN.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
  })

  it('finds the sample deployed to Development', async () => {
    const row = page.getByRole('row', { name: 'Storefront' })
    expect(await row.locator('td[data-title=Development] .version').textContent()).toBe('1.0.0')
    expect(await row.locator('td[data-title=Development]').textContent()).toContain('Success')
    await row.locator('td[data-title=Test]').getByRole('link', { name: 'Deploy 1.0.0' }).waitFor()
  })

  it('follows a link of the kind that CI jobs print', async () => {
    await page.goto('/app#/Spaces-1/projects/storefront')
    await page.getByRole('heading', { name: 'Storefront' }).waitFor()
    await page.goto('/')
  })

  it('is told why the release cannot go to Production yet', async () => {
    await page.goto('/releases/Releases-1')
    const production = page.locator('.phase', { hasText: 'Production' })
    expect(await production.textContent()).toContain('Blocked')
    expect(await production.locator('.reason').textContent()).toContain('Test')
    expect(await production.getByRole('link', { name: 'Deploy' }).count()).toBe(0)
  })

  it('is refused with that reason when it asks all the same', async () => {
    await page.getByRole('link', { name: 'Deploy to Test' }).click()
    await page.locator('input[name=environmentId]').evaluate((field, value) => {
      ;(field as HTMLInputElement).value = value
    }, 'Environments-3')
    await page.getByRole('button', { name: 'Deploy 1.0.0 to Test' }).click()
    const alert = page.getByRole('alert').first()
    expect(await alert.textContent()).toContain('Not deployed.')
    expect(await alert.textContent()).toContain('Test')
  })

  it('promotes the sample to Test, whose settings are its own', async () => {
    await page.goto('/releases/Releases-1')
    await page.getByRole('link', { name: 'Deploy to Test' }).click()
    await page.getByRole('button', { name: 'Deploy 1.0.0 to Test' }).click()
    await stateOf(page, 'Success').waitFor(PATIENCE)
    await logLine(page, 'https://catalogue.test.example').waitFor(PATIENCE)
    await page.goto('/releases/Releases-1')
    await page.getByRole('link', { name: 'Deploy to Production' }).waitFor()
  })

  it('watches a deployment live: lines, steps and state come by themselves', async () => {
    const stream = page.waitForResponse(response => response.url().includes('/events'))
    await createAndDeploy(page, '1.0.0')
    expect((await stream).headers()['content-type']).toContain('text/event-stream')
    await page.locator('body').evaluate(body => body.setAttribute('data-same', 'page'))
    await logLine(page, 'at the gate in Development').waitFor(PATIENCE)
    const step = page.locator('.tree-step', { hasText: 'Wait at the gate' })
    await step.locator('.status-running').first().waitFor(PATIENCE)
    expect(await logLine(page, 'through the gate').count()).toBe(0)

    await shop.open()
    await logLine(page, 'through the gate').waitFor(PATIENCE)
    await step.locator('.status-success').first().waitFor(PATIENCE)
    await stateOf(page, 'Success').waitFor(PATIENCE)
    await page.getByText('Ended', { exact: true }).waitFor(PATIENCE)
    expect(await page.locator('body').getAttribute('data-same')).toBe('page')
  })
})

describe('the same browser without JavaScript', () => {
  let page: Page
  beforeAll(async () => {
    page = await visit({ javaScriptEnabled: false })
  })

  it('signs in with the password and sees the dashboard', async () => {
    await signIn(page, ADMIN)
    await page.getByRole('row', { name: 'Storefront' }).waitFor()
  })

  it('adds a variable and changes it', async () => {
    await page.goto(`/projects/${shop.id}/variables`)
    await page.getByRole('link', { name: 'Add variable' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Greeting')
    await page.getByLabel('Value', { exact: true }).fill('Hello')
    await page.getByRole('button', { name: 'Add variable' }).click()
    await page.getByRole('link', { name: 'Edit Greeting' }).click()
    await page.getByLabel('Value', { exact: true }).fill('Good day')
    await page.getByRole('button', { name: 'Save value' }).click()
    await page.getByRole('cell', { name: 'Good day' }).waitFor()
  })

  it('creates a release, deploys it and reads its log, which the page asks for again', async () => {
    await createAndDeploy(page, '1.1.0')
    await logLine(page, 'Good day at the gate in Development').waitFor(PATIENCE)
    await shop.open()
    await logLine(page, 'through the gate').waitFor(PATIENCE)
    await stateOf(page, 'Success').waitFor(PATIENCE)
  })

  it('cancels a deployment', async () => {
    await createAndDeploy(page, '1.2.0')
    await logLine(page, 'at the gate').waitFor(PATIENCE)
    await page.getByRole('button', { name: 'Cancel deployment' }).click()
    await stateOf(page, 'Cancelled').waitFor(PATIENCE)
  })
})

/** Pages that exist only while something runs, or after it went wrong. */
describe.each(['light', 'dark'] as const)('in %s colours, a person with a screen reader', theme => {
  let page: Page
  beforeAll(async () => {
    page = await visit({ colorScheme: theme })
    await signIn(page, ADMIN)
  })

  it('can use the page of a running deployment, the dashboard and the tasks meanwhile', async () => {
    await createAndDeploy(page, theme === 'light' ? '2.0.0' : '2.1.0')
    await logLine(page, 'at the gate').waitFor(PATIENCE)
    expect(await violationsIn(page)).toEqual([])
    const deployment = page.url()
    for (const path of ['/', '/tasks', `/projects/${shop.id}`]) {
      await page.goto(path)
      expect(await violationsIn(page)).toEqual([])
    }
    await page.goto(deployment)
    await shop.open()
    await stateOf(page, 'Success').waitFor(PATIENCE)
    expect(await violationsIn(page)).toEqual([])
  })
})

describe('a person with a phone', () => {
  it('can use every page, and scrolls one way only', async () => {
    const page = await visit({ viewport: { width: 390, height: 844 } })
    await signIn(page, ADMIN)
    for (const path of [
      '/',
      '/releases/Releases-1',
      '/releases/Releases-1/deploy',
      '/deployments/Deployments-1',
      `/projects/${shop.id}/variables`,
      `/projects/${shop.id}/process`,
      '/infrastructure/targets',
      '/library/packages',
      '/tasks',
    ]) {
      await page.goto(path)
      expect(await violationsIn(page)).toEqual([])
      expect(await page.evaluate(beyondTheEdge)).toEqual([])
    }
  })
})

it('has seen no error, no refusal by the content policy and no request to anybody else', () => {
  const refused = /the server responded with a status of 422/
  const complaints = visitors.flatMap(visitor => visitor.complaints)
  expect(complaints.filter(text => !refused.test(text))).toEqual([])
})
