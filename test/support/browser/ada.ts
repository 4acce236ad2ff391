import type { Page } from 'playwright-core'
import type { Product } from '../product.ts'

/** Who does everything in browser tests; she chose her name and password on her first visit. */
export const ADA = { username: 'ada', password: 'a harbour with nine ships' }

/** Follows the link of the terminal, and is signed in. */
export const visitFirst = async (page: Page, product: Product, who = ADA): Promise<void> => {
  await page.goto(product.signInUrl)
  await page.getByLabel('Username').fill(who.username)
  await page.getByLabel('New password').fill(who.password)
  await pressSignIn(page)
}

export const signIn = async (page: Page, who = ADA, path = '/sign-in'): Promise<void> => {
  await page.goto(path)
  await fillSignIn(page, who)
  await pressSignIn(page)
}

/** Fills the form that stands there, whichever page led to it. */
export const fillSignIn = async (page: Page, who = ADA): Promise<void> => {
  await page.getByLabel('Username').fill(who.username)
  await page.getByLabel('Password').fill(who.password)
}

const pressSignIn = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
}
