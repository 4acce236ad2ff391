import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiClient } from '../support/api.ts'
import { createGatedProject, type GatedProject } from '../support/browser/gated-project.ts'
import { launchBrowser } from '../support/browser.ts'
import { type Product, startProduct } from '../support/product.ts'

let dataDir: string
let product: Product
let browser: Browser
let page: Page
let shop: GatedProject

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-outlives-'))
  product = await startProduct({ sample: true, runner: true, dataDir })
  shop = await createGatedProject(apiClient(product.url, product.apiKey), 'Shop')
  browser = await launchBrowser()
  page = await browser.newPage({ baseURL: product.url })
})
afterAll(async () => {
  await browser?.close()
  await shop?.open()
  await product?.stop()
  await shop?.remove()
  await rm(dataDir, { recursive: true, force: true })
})

it('the page of a running deployment goes on where it was after the server was killed', async () => {
  await page.goto(product.signInUrl)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.goto(`/projects/${shop.id}/releases/new`)
  await page.getByLabel('Version').fill('1.0.0')
  await page.getByRole('button', { name: 'Create release' }).click()
  await page.getByRole('link', { name: 'Deploy to Development' }).click()
  await page.getByRole('button', { name: 'Deploy 1.0.0 to Development' }).click()
  await page.locator('.log-line', { hasText: 'at the gate' }).waitFor({ timeout: 60_000 })
  await page.locator('body').evaluate(body => body.setAttribute('data-same', 'page'))

  await product.kill()
  await page.getByText('Reconnecting…').waitFor()
  const port = Number(new URL(product.url).port)
  product = await startProduct({ sample: true, runner: true, dataDir, port })
  await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
  await shop.open()
  await page.locator('.log-line', { hasText: 'through the gate' }).waitFor({ timeout: 60_000 })
  await page.getByText('Ended', { exact: true }).waitFor({ timeout: 60_000 })

  expect(await page.locator('body').getAttribute('data-same')).toBe('page')
  const shown = () =>
    page.locator('.log-line').evaluateAll(lines => lines.map(line => line.textContent))
  const seen = await shown()
  await page.reload()
  expect(seen).toEqual(await shown())
})
