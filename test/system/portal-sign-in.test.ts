import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADA, fillSignIn, signIn, visitFirst } from '../support/browser/ada.ts'
import { type BrowserPortal, startBrowserPortal } from '../support/browser/portal.ts'

let portal: BrowserPortal

beforeAll(async () => {
  portal = await startBrowserPortal()
})
afterAll(() => portal?.stop())

describe('the first visit', () => {
  it('does not use the one-time link up by opening it', async () => {
    for (let visit = 0; visit < 2; visit++) {
      const page = await portal.stranger()
      await page.goto(portal.product.signInUrl)
      await page.getByRole('heading', { name: 'Welcome to Slipway' }).waitFor()
      await page.context().close()
    }
  })

  it('refuses a short password and keeps the name', async () => {
    const page = await portal.stranger()
    await page.goto(portal.product.signInUrl)
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').first().textContent()).toContain('10 to 200 characters')
    expect(await page.getByLabel('Username').inputValue()).toBe('ada')
  })

  it('signs in once, with a password for the next time', async () => {
    const page = await portal.stranger()
    await visitFirst(page, portal.product)
    expect(await page.locator('.grid').textContent()).toContain('Storefront')
    await page.goto(portal.product.signInUrl)
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor()
  })

  it('brings back to the page that was asked for, and nowhere else', async () => {
    const page = await portal.stranger()
    await page.goto('/infrastructure/targets')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    await fillSignIn(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Infrastructure' }).waitFor()
    await page.context().clearCookies()
    await signIn(page, ADA, '/sign-in?returnTo=//evil.example/')
    expect(new URL(page.url()).origin).toBe(portal.product.url)
  })

  it('says that name or password is wrong, and not which', async () => {
    const page = await portal.stranger()
    await page.goto('/sign-in')
    await fillSignIn(page, { ...ADA, password: 'not this one, surely' })
    await page.getByRole('button', { name: 'Sign in' }).click()
    expect(await page.getByRole('alert').first().textContent()).toContain(
      'username or the password',
    )
  })

  it('ends with signing out', async () => {
    const page = await portal.stranger()
    await signIn(page)
    await page.locator('.user').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.goto('/projects')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
  })
})

it('the browser had nothing to complain about: no script failed, no policy was broken', () => {
  expect(portal.complaints()).toEqual([])
})
