import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { type Product, startProduct } from '../support/product.ts'

const PASSWORD = 'a harbour with nine ships'
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

let product: Product
let browser: Browser
/** What the browser complained about: scripts, styles, policy. */
const complaints: string[] = []

const open = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
  const context = await browser.newContext({ baseURL: product.url, ...options })
  const page = await context.newPage()
  page.on('pageerror', error => complaints.push(`${page.url()}: ${error.message}`))
  page.on('console', message => {
    if (message.type() === 'error' && !message.text().includes('status of 4'))
      complaints.push(`${page.url()}: ${message.text()}`)
  })
  return page
}

const signIn = async (page: Page): Promise<void> => {
  await page.goto('/sign-in')
  await page.getByLabel('Username').fill('ada')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
}

const signedIn = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
  const page = await open(options)
  await signIn(page)
  return page
}

beforeAll(async () => {
  product = await startProduct({ sample: true, runner: true })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await product?.stop()
})

describe('the first visit', () => {
  it('does not use the one-time link up by opening it', async () => {
    for (let visit = 0; visit < 2; visit++) {
      const page = await open()
      await page.goto(product.signInUrl)
      await page.getByRole('heading', { name: 'Welcome to Slipway' }).waitFor()
      await page.context().close()
    }
  })

  it('refuses a short password and keeps the name', async () => {
    const page = await open()
    await page.goto(product.signInUrl)
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').first().textContent()).toContain('10 to 200 characters')
    expect(await page.getByLabel('Username').inputValue()).toBe('ada')
  })

  it('signs in once, with a password for the next time', async () => {
    const page = await open()
    await page.goto(product.signInUrl)
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    expect(await page.locator('.grid').textContent()).toContain('Storefront')
    await page.goto(product.signInUrl)
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
  })

  it('brings back to the page that was asked for, and nowhere else', async () => {
    const page = await open()
    await page.goto('/infrastructure/targets')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Infrastructure' }).waitFor()
    await page.context().clearCookies()
    await page.goto('/sign-in?returnTo=//evil.example/')
    await signIn(page)
    expect(new URL(page.url()).origin).toBe(product.url)
  })

  it('says that name or password is wrong, and not which', async () => {
    const page = await open()
    await page.goto('/sign-in')
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Password').fill('not this one, surely')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').first().textContent()).toContain(
      'username or the password',
    )
  })

  it('ends with signing out', async () => {
    const page = await signedIn()
    await page.locator('.user').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.goto('/projects')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
  })
})

const addScript = async (page: Page, project: string, name: string, script: string) => {
  await page.goto(`${project}/process/new-step?kind=script`)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Target tags').fill('web')
  await page.getByLabel('Script', { exact: true }).fill(script)
  await page.getByRole('button', { name: 'Add step' }).click()
  await page.getByRole('link', { name, exact: true }).waitFor()
}

const createProject = async (page: Page, name: string): Promise<string> => {
  await page.goto('/projects/new')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Lifecycle').selectOption({ label: 'Development to Production' })
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  return new URL(page.url()).pathname
}

const createRelease = async (page: Page, project: string): Promise<string> => {
  await page.goto(`${project}/releases/new`)
  await page.getByRole('button', { name: 'Create release' }).click()
  await page.locator('.lane').waitFor()
  return new URL(page.url()).pathname
}

/** The plan, then the deployment's page. */
const deploy = async (page: Page, release: string, environment: string): Promise<void> => {
  await page.goto(release)
  await page.getByRole('link', { name: `to ${environment}` }).click()
  await page.getByRole('button', { name: `to ${environment}` }).click()
  await page.locator('#deployment-header').waitFor()
}

const numbersShown = (page: Page) =>
  page.locator('.log-line').evaluateAll(lines => lines.map(line => Number(line.id.slice(1))))

describe.each([
  { browsing: 'with scripts', javaScriptEnabled: true },
  { browsing: 'without scripts', javaScriptEnabled: false },
])('Ada, $browsing,', ({ browsing, javaScriptEnabled }) => {
  const name = `Shop ${browsing}`
  let page: Page
  let project: string
  let release: string

  beforeAll(async () => {
    page = await signedIn({ javaScriptEnabled })
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
    const answer = await fetch(`${product.url}/api/users/me`, {
      headers: { 'X-Octopus-ApiKey': key },
    })
    expect(answer.status).toBe(200)
    await page.goto('/account/api-keys')
    expect(await page.content()).not.toContain(key)
    await page.getByRole('button', { name: `Delete the key for Build server ${browsing}` }).click()
    await page.getByText('The key was deleted.').first().waitFor()
    const refused = await fetch(`${product.url}/api/users/me`, {
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

describe('with scripts the page of a deployment', () => {
  let page: Page
  beforeAll(async () => {
    page = await signedIn()
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
  { theme: 'light', what: 'no accessibility violation', rules: { withTags: WCAG }, pages: PAGES },
  {
    theme: 'dark',
    what: 'contrast enough',
    rules: { withRules: ['color-contrast'] },
    pages: COLOURFUL,
  },
])('in $theme', ({ theme, what, rules, pages }) => {
  let context: BrowserContext
  let page: Page
  beforeAll(async () => {
    page = await signedIn()
    context = page.context()
    await context.addCookies([{ name: 'slipway-theme', value: theme, url: product.url }])
  })
  afterAll(() => context?.close())

  it.each(pages)(`%s has ${what}`, async path => {
    await page.goto(path)
    const axe = new AxeBuilder({ page })
    const { violations } = await (rules.withTags
      ? axe.withTags(rules.withTags)
      : axe.withRules(rules.withRules ?? [])
    ).analyze()
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`),
    ).toEqual([])
  })
})

describe('on a phone', () => {
  let page: Page
  beforeAll(async () => {
    page = await signedIn({ viewport: { width: 390, height: 844 } })
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
  expect(complaints).toEqual([])
})
