import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client/http'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../../worker/database/client.ts'
import type { Environment } from '../../worker/environment.ts'
import { startLibsql } from '../../worker/local/libsql/host.ts'
import { migrate, readMigrations } from '../../worker/local/migrations.ts'
import { pathTo } from '../../worker/local/paths.ts'
import { launchBrowser } from '../support/browser.ts'
import { type Product, startProduct } from '../support/product.ts'
import { tamper, writeDeeds } from '../worker/audit/tamper.ts'

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64')
/** More than two requests look at. */
const ROWS = 11_000

let dataDir: string
let product: Product
let browser: Browser
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-audit-'))
  await mkdir(join(dataDir, 'libsql'))
  await writeFile(join(dataDir, 'master.key'), MASTER_KEY)
  await withDatabase(async (_rows, env) => {
    for (let first = 1; first < ROWS; first += 1_000)
      await writeDeeds(openDatabase(env), 1_000, first)
  })
  product = await startProduct({ dataDir })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await product?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** The database while no server has it. */
const withDatabase = async (
  deed: (rows: Parameters<typeof tamper>[0], env: Environment) => Promise<unknown>,
) => {
  const host = await startLibsql(join(dataDir, 'libsql', 'slipway.db'))
  const client = createClient({ url: host.url, authToken: host.token })
  try {
    await migrate(client, await readMigrations(pathTo('migrations')), Date.now())
    const rows = async (sql: string, ...args: (string | number | null)[]) =>
      (await client.execute({ sql, args })).rows.map(row => ({ ...row }))
    await deed(rows, { LIBSQL_URL: host.url, LIBSQL_TOKEN: host.token, MASTER_KEY } as Environment)
  } finally {
    client.close()
    await host.stop()
  }
}

const openAudit = async () => {
  const page = await browser.newPage({ baseURL: product.url })
  await page.goto(product.signInUrl)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.goto('/configuration')
  await page.getByRole('link', { name: 'Audit', exact: true }).click()
  return page
}

it('the audit page verifies the chain while one looks on, and names the first bad row', async () => {
  const page = await openAudit()
  const next = page.waitForResponse(response => response.url().endsWith('?verify=5000'))
  await page.getByRole('link', { name: 'Verify the chain' }).click()
  expect((await next).status()).toBe(200)
  const line = page.getByText(/^Chain verified up to Events-11\d{3}, 11,\d{3} rows\./)
  await line.waitFor()
  expect(page.url()).toContain('?verify=0')
  await page.close()

  await product.stop()
  await withDatabase(rows =>
    tamper(rows, [["UPDATE events SET username = 'ben' WHERE sequence = 7812"]]),
  )
  product = await startProduct({ dataDir })
  const again = await openAudit()
  await again.getByRole('link', { name: 'Verify the chain' }).click()
  const alert = again.getByRole('alert').filter({ hasText: 'The record was tampered with.' })
  await alert.waitFor()
  expect(await alert.textContent()).toContain('Row 7812 was')
  expect(await alert.textContent()).toContain('All rows up to Events-7811 are good.')
})
