import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiClient, type Json } from '../support/api.ts'
import { violationsIn } from '../support/browser/accessibility.ts'
import { type BrowserPortal, startBrowserPortal } from '../support/browser/portal.ts'

const S = '/api/Spaces-1'
const PATIENCE = { timeout: 60_000 }

let portal: BrowserPortal
let api: Api
let folder: string

beforeAll(async () => {
  portal = await startBrowserPortal()
  api = apiClient(portal.product.url, portal.product.apiKey)
  folder = await mkdtemp(join(tmpdir(), 'slipway-questions-'))
})
afterAll(async () => {
  await portal?.stop()
  await rm(folder, { recursive: true, force: true })
})

const signedIn = async (javaScriptEnabled: boolean): Promise<Page> => {
  const page = await portal.ada({ javaScriptEnabled })
  page.setDefaultTimeout(20_000)
  return page
}

const createProject = async (name: string): Promise<string> => {
  const [group] = await api.get(`${S}/projectgroups/all`)
  const lifecycles = (await api.get(`${S}/lifecycles/all`)) as Json[]
  const project = await api.post(`${S}/projects`, {
    Name: name,
    ProjectGroupId: group.Id,
    LifecycleId: lifecycles.find(each => each.Name === 'Development to Production')?.Id,
  })
  return `/projects/${project.Id}`
}

/** Fills the form of a new step; what it does not name stays as it is. */
const addStep = async (page: Page, path: string, fill: () => Promise<unknown>) => {
  await page.goto(path)
  await fill()
  await page.getByRole('button', { name: 'Add step' }).click()
  await page.locator('.steps').waitFor()
}

const label = (page: Page, text: string) => page.getByLabel(new RegExp(`^${text}( optional)?$`))

/** Of the page as it stands; looking takes scripts. */
const violations = async (page: Page) => ((await hasScripts(page)) ? violationsIn(page) : [])

const hasScripts = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.classList.contains('js'))

/** Without scripts a page shows what has changed when it is loaded again. */
const until = async (page: Page, selector: string): Promise<void> => {
  await expect
    .poll(async () => {
      if (!(await hasScripts(page))) await page.reload()
      return page.locator(selector).count()
    }, PATIENCE)
    .toBeGreaterThan(0)
}

describe.each([
  { browsing: 'with scripts', javaScriptEnabled: true },
  { browsing: 'without scripts', javaScriptEnabled: false },
])('Ada, $browsing,', ({ browsing, javaScriptEnabled }) => {
  const name = `Asking ${browsing}`
  const flag = () => join(folder, browsing.replaceAll(' ', '-'))
  let page: Page
  let project: string
  let deployment: string

  beforeAll(async () => {
    page = await signedIn(javaScriptEnabled)
    project = await createProject(name)
  })
  afterAll(() => page?.context().close())

  it('writes a process that asks, and is told what is wrong with it beside the fields', async () => {
    await page.goto(`${project}/process/new-step?kind=manual`)
    await label(page, 'Name').fill('Approve')
    await label(page, 'Instructions').fill('  ')
    await page.getByRole('button', { name: 'Add step' }).click()
    expect(await page.locator('#field-instructions-error').textContent()).toBe(
      'Say what the person who is asked shall do or decide.',
    )
    expect(await label(page, 'Name').inputValue()).toBe('Approve')
    expect(await violations(page)).toEqual([])
    await label(page, 'Instructions').fill('Look at **release** #{Octopus.Release.Number}.')
    await page.getByRole('button', { name: 'Add step' }).click()

    await addStep(page, `${project}/process/new-step?kind=script`, async () => {
      await label(page, 'Name').fill('Publish')
      await label(page, 'Target tags').fill('web')
      await label(page, 'Script').fill(
        `[ -e "${flag()}" ] || { echo "not yet"; exit 3; }; echo published`,
      )
      await label(page, 'At most so many targets at once').fill('0')
      await page.getByRole('button', { name: 'Add step' }).click()
      expect(await page.locator('#field-window-error').textContent()).toContain("found '0'")
      await label(page, 'At most so many targets at once').fill('1')
    })
    expect(await page.locator('.step-name').allTextContents()).toEqual(['Approve', 'Publish'])
    expect(await page.locator('.steps').textContent()).toContain('at most 1 at once')
  })

  it('gives a step children, and puts them in order', async () => {
    await page.getByRole('link', { name: 'Add a child step to Publish' }).click()
    await page.getByRole('link', { name: /^Run a script/ }).click()
    await label(page, 'Name').fill('Warm')
    await label(page, 'Script').fill('echo warm')
    await page.getByRole('button', { name: 'Add step' }).click()
    await page.locator('.step-children').waitFor()
    await page.getByRole('button', { name: 'Move Warm up' }).click()
    await expect
      .poll(() => page.locator('.step-children .step-name').allTextContents())
      .toEqual(['Warm', 'Publish'])
    await page.getByRole('link', { name: 'Edit the child step Warm' }).click()
    expect(await label(page, 'Script').inputValue()).toBe('echo warm')
    await page.locator('summary', { hasText: 'Retries and time-out' }).click()
    await label(page, 'Retries').selectOption('2')
    await page.getByRole('button', { name: 'Save step' }).click()
    await page.locator('.steps').waitFor()
    expect(await page.locator('.step-children').textContent()).toContain('2 retries')
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Delete the child step Warm' }).click()
    await page.getByRole('button', { name: 'Delete step' }).click()
    await page.locator('.steps').waitFor()
    expect(await page.locator('.step-children').count()).toBe(0)
  })

  it('sees what would happen, and leaves a step out of it', async () => {
    await page.goto(`${project}/releases/new`)
    await page.getByRole('button', { name: 'Create release' }).click()
    await page.locator('.lane').waitFor()

    await page.getByRole('link', { name: 'to Development' }).click()
    const plan = page.locator('#plan')
    expect(await plan.textContent()).toContain('waits for a person')
    await page.getByLabel('Skip Publish').check()
    // With scripts the plan is drawn again by itself.
    if (!javaScriptEnabled) await page.getByRole('button', { name: 'Update the plan' }).click()
    await expect.poll(() => plan.textContent()).toContain('It was left out of this deployment.')
    expect(await page.getByLabel('Skip Publish').isChecked()).toBe(true)
    expect(new URL(page.url()).search).not.toContain('csrf')
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Skip Publish').uncheck()
  })

  it('is told when it would give up before it starts, and keeps what she chose', async () => {
    await label(page, 'Comments').fill('For the sale')
    await page.getByLabel(/^Ask a person/).check()
    await page.locator('summary', { hasText: 'When' }).click()
    await page.getByLabel('Start not before').fill('2031-05-01T10:00')
    await page.getByLabel('Give up if not started by').fill('2031-05-01T09:00')
    await page.getByRole('button', { name: 'to Development' }).click()
    expect(await page.locator('#field-expiresAt-error').textContent()).toBe(
      'This must be later than the start.',
    )
    expect(await label(page, 'Comments').inputValue()).toBe('For the sale')
    expect(await page.getByLabel(/^Ask a person/).isChecked()).toBe(true)
    await page.getByLabel('Start not before').fill('')
    await page.getByLabel('Give up if not started by').fill('')
  })

  it('deploys it, takes responsibility and lets it proceed', async () => {
    await page.getByRole('button', { name: 'to Development' }).click()
    await page.locator('#deployment-header').waitFor()
    deployment = new URL(page.url()).pathname
    await until(page, '.question')
    expect(await page.locator('.question strong').first().textContent()).toBe('release')
    expect(await page.locator('.question').textContent()).toContain('0.0.1')
    await page.goto('/tasks?state=input')
    expect(await page.locator('#tasks').textContent()).toContain('Waiting for a person')
    await page.getByRole('link', { name: new RegExp(`Deploy ${name}`) }).click()
    await page.getByRole('button', { name: 'Take responsibility' }).click()
    await page.getByRole('button', { name: 'Proceed' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByLabel('Notes').fill('Looked at it')
    await page.getByRole('button', { name: 'Proceed' }).click()
    await page.locator('#deployment-header').waitFor()
    expect(new URL(page.url()).pathname).toBe(deployment)
  })

  it('has the failed step tried again, once what it lacked is there', async () => {
    await until(page, '.question')
    const question = page.locator('.question')
    expect(await question.locator('h2').textContent()).toContain('Publish failed')
    await page.getByRole('button', { name: 'Take responsibility' }).click()
    await page.getByRole('button', { name: 'Retry' }).waitFor()
    const choices = await question.locator('.question-choices .button').allTextContents()
    expect(choices.map(each => each.split(' ')[0])).toEqual(['Retry', 'Ignore', 'Exclude', 'Fail'])
    await writeFile(flag(), '')
    await page.getByRole('button', { name: 'Retry' }).click()
    await until(page, '.chip.status-success')
    expect(await page.locator('.log-lines').textContent()).toContain('published')
    expect(await page.locator('#questions .question').count()).toBe(0)
    await page.locator('summary', { hasText: '2 questions answered before' }).click()
    expect(await page.locator('.answered').textContent()).toContain('Looked at it')
    expect(await page.locator('.deployment-comments').textContent()).toBe('For the sale')
    expect(await violations(page)).toEqual([])
  })

  it('cannot answer twice', async () => {
    const { Items } = await api.get(`${S}/interruptions?regarding=${deployment.split('/').at(-1)}`)
    await page.goto(`/interruptions/${Items[0].Id}`)
    expect(await page.locator('main').textContent()).toContain('not open any more')
    expect(await violations(page)).toEqual([])
  })

  it('runs the same again with one press, aborts, and goes on from there', async () => {
    await page.goto(deployment)
    await page.getByRole('button', { name: 'Run again' }).click()
    await expect.poll(() => new URL(page.url()).pathname).not.toBe(deployment)
    await until(page, '.question')
    await page.getByRole('button', { name: 'Take responsibility' }).click()
    await page.getByRole('button', { name: 'Abort' }).click()
    await until(page, '.chip.status-failed')
    const aborted = new URL(page.url()).pathname
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(() => new URL(page.url()).pathname).not.toBe(aborted)
    expect(await page.locator('#deployment-header').textContent()).toContain('going on from')
    await until(page, '.question')
    await page.getByRole('button', { name: 'Cancel deployment' }).click()
    await until(page, '.chip.status-cancelled')
  })
})

it('what is being written stays while the page hears of news', async () => {
  const page = await signedIn(true)
  const project = await createProject('Keeping')
  const asking = (Name: string, StartTrigger: string) => ({
    Name,
    StartTrigger,
    Properties: {},
    Actions: [
      {
        Name,
        ActionType: 'Octopus.Manual',
        Properties: { 'Octopus.Action.Manual.Instructions': 'Look.' },
      },
    ],
  })
  await api.put(`${S}/projects/${project.split('/').at(-1)}/deploymentprocesses`, {
    Steps: [asking('First', 'StartAfterPrevious'), asking('Second', 'StartWithPrevious')],
  })
  await api.post(`${S}/releases/create/v1`, { ProjectName: 'Keeping', ReleaseVersion: '1.0.0' })
  const { DeploymentServerTasks } = await api.post(`${S}/deployments/create/untenanted/v1`, {
    ProjectName: 'Keeping',
    ReleaseVersion: '1.0.0',
    EnvironmentNames: ['Development'],
  })
  await page.goto(`/deployments/${DeploymentServerTasks[0].DeploymentId}`)
  const [first, second] = [page.locator('.question').first(), page.locator('.question').nth(1)]
  await second.waitFor(PATIENCE)
  await first.getByRole('button', { name: 'Take responsibility' }).click()
  await page.getByLabel('Notes').fill('Half a sent')
  await page.evaluate(() => document.body.setAttribute('data-same', 'page'))
  // Somebody else answers the other one meanwhile.
  const { Items } = await api.get(
    `${S}/interruptions?regarding=${DeploymentServerTasks[0].ServerTaskId}`,
  )
  const title = await second.locator('h2').textContent()
  const other = Items.find((each: Json) => each.Title === title)
  await api.put(`${S}/interruptions/${other.Id}/responsible`, {})
  await api.post(`${S}/interruptions/${other.Id}/submit`, { Result: 'Proceed' })
  await expect.poll(() => page.locator('.question').count(), PATIENCE).toBe(1)
  expect(await page.getByLabel('Notes').inputValue()).toBe('Half a sent')
  expect(await page.locator('body').getAttribute('data-same')).toBe('page')
  await page.context().close()
})

it('the browser had nothing to complain about', () => {
  expect(portal.complaints()).toEqual([])
})
