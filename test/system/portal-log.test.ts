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

describe('with scripts the page of a deployment', () => {
  let page: Page
  beforeAll(async () => {
    page = await portal.ada()
  })
  afterAll(() => page?.context().close())

  it('is not loaded again while the log streams in, and says that it is live, then that it ended', async () => {
    const project = await createProject(page, 'Stream')
    await addScript(
      page,
      project,
      'Count',
      'for i in $(seq 1 300); do echo "line $i"; [ $((i % 100)) = 0 ] && sleep 0.5; done; true',
    )
    const release = await createRelease(page, project)
    await deploy(page, release, 'Development')
    await page.evaluate(() => document.body.setAttribute('data-same', 'page'))
    await page.getByText('Ended', { exact: true }).waitFor({ timeout: 60_000 })
    expect(await page.locator('body').getAttribute('data-same')).toBe('page')
    expect(await page.locator('.log-lines').textContent()).toContain('line 300')
    const numbers = await numbersShown(page)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(await page.locator('#step-tree').textContent()).toContain('Count')
  })

  it('leads to a line of a long log that it does not show, and back to the newest', async () => {
    const project = await createProject(page, 'Long')
    await addScript(page, project, 'Count', 'seq -f "line %g" 1 5000')
    await deploy(page, await createRelease(page, project), 'Development')
    await page.getByText('Ended', { exact: true }).waitFor({ timeout: 60_000 })
    await page.reload()
    expect(await numbersShown(page)).toHaveLength(1_000)
    await page.evaluate(() => {
      location.hash = '#L1234'
    })
    await page.locator('#L1234.log-marked').waitFor()
    const numbers = await numbersShown(page)
    expect(numbers).toHaveLength(1_000)
    expect([numbers[0], numbers.at(-1)]).toEqual([734, 1_733])
    await page.getByRole('link', { name: /^Show earlier lines/ }).click()
    await page.locator('#L733').waitFor()
    expect((await numbersShown(page)).at(0)).toBe(1)
    await page.getByRole('link', { name: 'Show the newest lines' }).click()
    await page.getByText('The deployment succeeded.').waitFor()
  })

  it('follows its tail until the reader scrolls up', async () => {
    const project = await createProject(page, 'Follow')
    await addScript(
      page,
      project,
      'Count',
      'for i in $(seq 1 200); do echo "line $i"; done; sleep 2; for i in $(seq 201 300); do echo "line $i"; done',
    )
    await deploy(page, await createRelease(page, project), 'Development')
    await expect
      .poll(() => page.locator('.log-lines').textContent(), { timeout: 60_000 })
      .toContain('line 200')
    await page.locator('#log-box').evaluate(box => {
      box.scrollTop = 0
    })
    await expect.poll(() => page.locator('#log-follow').getAttribute('aria-pressed')).toBe('false')
    await page.getByRole('button', { name: /Jump to latest \(\d+ new\)/ }).click()
    const rest = await page
      .locator('#log-box')
      .evaluate(box => box.scrollHeight - box.scrollTop - box.clientHeight)
    expect(rest).toBeLessThan(40)
  })
})

it('the browser had nothing to complain about: no script failed, no policy was broken', () => {
  expect(portal.complaints()).toEqual([])
})
