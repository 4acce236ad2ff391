import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserPortal, startBrowserPortal } from '../support/browser/portal.ts'
import {
  addScript,
  createProject,
  createRelease,
  deploy,
  numbersShown,
} from '../support/browser/shop.ts'

let portal: BrowserPortal

beforeAll(async () => {
  portal = await startBrowserPortal()
})
afterAll(() => portal?.stop())

describe.each([
  { browsing: 'with scripts', javaScriptEnabled: true },
  { browsing: 'without scripts', javaScriptEnabled: false },
])('Ada, $browsing,', ({ browsing, javaScriptEnabled }) => {
  const name = `Shop ${browsing}`
  let page: Page
  let project: string
  let release: string

  beforeAll(async () => {
    page = await portal.ada({ javaScriptEnabled })
  })
  afterAll(() => page?.context().close())

  it('creates a project', async () => {
    project = await createProject(page, name)
    expect(await page.locator('main').textContent()).toContain('First, say how it is deployed')
  })

  it('is told when the name is taken, and keeps what she wrote', async () => {
    await page.goto('/projects/new')
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Description').fill('Twice?')
    await page.getByRole('button', { name: 'Create project' }).click()
    expect(await page.locator('.banner-error').textContent()).toContain('exists already')
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe(name)
    expect(await page.getByLabel('Description').inputValue()).toBe('Twice?')
  })

  it('writes the process and puts its steps in order', async () => {
    await addScript(page, project, 'Last', 'echo "last: #{Greeting}"')
    await addScript(
      page,
      project,
      'First',
      'for i in 1 2 3 4 5; do echo "first $i"; sleep 0.3; done',
    )
    await page.getByRole('button', { name: 'Move First up' }).click()
    await expect.poll(() => page.locator('.step-name').allTextContents()).toEqual(['First', 'Last'])
  })

  it('is told what a step lacks', async () => {
    await page.goto(`${project}/process/new-step?kind=package`)
    await page.getByLabel('Name', { exact: true }).fill('Deploy the shop')
    await page.getByLabel('Target tags').fill('web')
    await page.getByLabel('Package ID').fill('  ')
    await page.getByRole('button', { name: 'Add step' }).click()
    expect(await page.locator('.banner-error').textContent()).toContain(
      'Name the package to deploy.',
    )
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Deploy the shop')
  })

  it('adds, scopes, edits and deletes variables', async () => {
    await page.goto(`${project}/variables`)
    await page.getByRole('link', { name: 'Add variable' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Greeting')
    await page.getByLabel('Value', { exact: true }).fill('Hello')
    await page.getByRole('button', { name: 'Add variable' }).click()
    await page.getByRole('link', { name: 'Add a value to Greeting' }).click()
    await page.getByLabel('Value', { exact: true }).fill('Good day')
    await page.getByLabel('Test', { exact: true }).check()
    await page.getByRole('button', { name: 'Add variable' }).click()
    await expect.poll(() => page.locator('.scope').allTextContents()).toHaveLength(1)
    expect(await page.locator('.scope').textContent()).toContain('Test')

    await page.getByRole('link', { name: 'Add variable' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill('Password')
    await page.getByLabel('Value', { exact: true }).fill('swordfish-7')
    await page.getByLabel('Sensitive').check()
    await page.getByRole('button', { name: 'Add variable' }).click()
    await expect.poll(() => page.locator('tbody').textContent()).toContain('Sensitive, not shown')
    expect(await page.content()).not.toContain('swordfish')

    await page.getByRole('link', { name: 'Delete this value of Password' }).click()
    await page.getByRole('button', { name: 'Delete value' }).click()
    await expect.poll(() => page.locator('tbody').textContent()).not.toContain('Password')
  })

  it('is refused two values with one scope', async () => {
    await page.goto(`${project}/variables?add=new`)
    await page.getByLabel('Name', { exact: true }).fill('greeting')
    await page.getByLabel('Value', { exact: true }).fill('Hi')
    await page.getByRole('button', { name: 'Add variable' }).click()
    expect(await page.locator('.banner-error').textContent()).toContain('two values')
    expect(await page.getByLabel('Value', { exact: true }).inputValue()).toBe('Hi')
  })

  it('creates a release whose number is suggested', async () => {
    release = await createRelease(page, project)
    expect(await page.locator('.release-version').textContent()).toBe('0.0.1')
    expect(await page.locator('.phase').allTextContents()).toHaveLength(3)
    expect(await page.locator('.phase').nth(1).textContent()).toContain('Development')
  })

  it('deploys it and reads the log as it grows', async () => {
    await deploy(page, release, 'Development')
    await page.locator('.chip.status-success').first().waitFor({ timeout: 60_000 })
    await expect.poll(() => page.locator('.log-lines').textContent()).toContain('first 5')
    await expect.poll(() => page.locator('.log-lines').textContent()).toContain('last: Hello')
    const numbers = await numbersShown(page)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    await page.reload()
    expect(await numbersShown(page)).toEqual(numbers)
  })

  it('looks at errors alone, and at one line', async () => {
    await page.getByRole('link', { name: 'Errors', exact: true }).click()
    expect(await page.locator('.log-box').textContent()).toContain('There are no such lines.')
    await page.getByRole('link', { name: 'Everything' }).click()
    await page.locator('.log-number').nth(2).click()
    expect(new URL(page.url()).hash).toMatch(/^#L\d+$/)
  })

  it('promotes it to Test, where its greeting is another', async () => {
    await deploy(page, release, 'Test')
    await page.locator('.chip.status-success').first().waitFor({ timeout: 60_000 })
    await expect.poll(() => page.locator('.log-lines').textContent()).toContain('last: Good day')
  })

  it('cancels a deployment that hangs', async () => {
    await addScript(page, project, 'Hang', 'echo hanging; sleep 120')
    const slow = await createRelease(page, project)
    await deploy(page, slow, 'Development')
    await expect
      .poll(() => page.locator('.log-lines').textContent(), { timeout: 60_000 })
      .toContain('hanging')
    await page.getByRole('button', { name: 'Cancel deployment' }).click()
    await page.locator('.chip.status-cancelled').first().waitFor({ timeout: 60_000 })
    await page.goto('/tasks?state=finished')
    expect(await page.locator('#tasks').textContent()).toContain('Cancelled')
  })

  it('makes an API key, shown once, and deletes it', async () => {
    await page.goto('/account/api-keys')
    await page.getByLabel('Purpose').fill(`Build server ${browsing}`)
    await page.getByRole('button', { name: 'Create key' }).click()
    const key = (await page.locator('.one-liner code').textContent()) ?? ''
    expect(key).toMatch(/^API-[A-Z0-9]+$/)
    const answer = await fetch(`${portal.product.url}/api/users/me`, {
      headers: { 'X-Octopus-ApiKey': key },
    })
    expect(answer.status).toBe(200)
    await page.goto('/account/api-keys')
    expect(await page.content()).not.toContain(key)
    await page.getByRole('button', { name: `Delete the key for Build server ${browsing}` }).click()
    await page.getByText('The key was deleted.').first().waitFor()
    const refused = await fetch(`${portal.product.url}/api/users/me`, {
      headers: { 'X-Octopus-ApiKey': key },
    })
    expect(refused.status).toBe(401)
  })

  it('chooses the dark theme, which stays', async () => {
    await page.goto('/tasks')
    await page.getByRole('button', { name: 'Dark' }).click()
    expect(new URL(page.url()).pathname).toBe('/tasks')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.goto('/projects')
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  })

  it('finds things by name', async () => {
    await page.goto('/')
    await page.getByRole('searchbox').first().fill('storefront')
    await page.getByRole('searchbox').first().press('Enter')
    await page.getByRole('link', { name: 'Storefront', exact: true }).click()
    await page.getByRole('heading', { name: 'Storefront', level: 1 }).waitFor()
  })
})

it('the browser had nothing to complain about: no script failed, no policy was broken', () => {
  expect(portal.complaints()).toEqual([])
})
