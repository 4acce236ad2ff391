import type { Page } from 'playwright-core'

/** What a person does with forms to get a project deployed; each answers where it is found. */

export const createProject = async (page: Page, name: string): Promise<string> => {
  await page.goto('/projects/new')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Lifecycle').selectOption({ label: 'Development to Production' })
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
  return new URL(page.url()).pathname
}

export const addScript = async (
  page: Page,
  project: string,
  name: string,
  script: string,
): Promise<void> => {
  await page.goto(`${project}/process/new-step?kind=script`)
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Target tags').fill('web')
  await page.getByLabel('Script', { exact: true }).fill(script)
  await page.getByRole('button', { name: 'Add step' }).click()
  await page.getByRole('link', { name, exact: true }).waitFor()
}

export const createRelease = async (page: Page, project: string): Promise<string> => {
  await page.goto(`${project}/releases/new`)
  await page.getByRole('button', { name: 'Create release' }).click()
  await page.locator('.lane').waitFor()
  return new URL(page.url()).pathname
}

/** The plan, then the deployment's page. */
export const deploy = async (page: Page, release: string, environment: string): Promise<void> => {
  await page.goto(release)
  await page.getByRole('link', { name: `to ${environment}` }).click()
  await page.getByRole('button', { name: `to ${environment}` }).click()
  await page.locator('#deployment-header').waitFor()
}

export const numbersShown = (page: Page): Promise<number[]> =>
  page.locator('.log-line').evaluateAll(lines => lines.map(line => Number(line.id.slice(1))))
