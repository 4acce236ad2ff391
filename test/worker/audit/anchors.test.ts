import type { R2Bucket } from '@cloudflare/workers-types'
import { Log, LogLevel, Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { auditRoutes } from '../../../worker/audit/api.ts'
import { keepChain } from '../../../worker/audit/keep.ts'
import { auditPages } from '../../../worker/audit/portal.tsx'
import { infrastructureRoutes } from '../../../worker/infrastructure/api.ts'
import { addAda, addUser } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'
import { remember, tamper, writeDeeds } from './tamper.ts'

const HOUR = 3_600_000

let miniflare: Miniflare
let store: R2Bucket
let shop: TestServer
let putBack: () => Promise<void>
beforeAll(async () => {
  miniflare = new Miniflare({
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    workers: [
      {
        config: {
          name: 'store',
          compatibilityDate: '2026-10-20',
          manifest: {
            mainModule: 'main.js',
            modulesRoot: '/',
            modules: { 'main.js': { type: 'esm', contents: 'export default {}' } },
          },
          env: { STORE: { type: 'r2', name: 'store' } },
        },
      },
    ],
  })
  store = (await miniflare.getR2Bucket('STORE', 'store')) as unknown as R2Bucket
  shop = await testServer(
    [...accessRoutes, ...auditRoutes, ...auditPages, ...infrastructureRoutes],
    { STORE: store as never },
  )
  putBack = await remember(shop.rows)
})
afterAll(async () => {
  await shop.stop()
  await miniflare.dispose()
})
beforeEach(async () => {
  await putBack()
  await shop.rows('DELETE FROM audit_anchors')
  await store.delete(await copies())
})

const copies = async () => (await store.list()).objects.map(({ key }) => key)
const keep = (now: number) => keepChain(shop.env, shop.db, now)
const verify = (query = '') => shop.json('GET', `/api/audit/verify${query}`)
const count = async () => Number((await shop.rows('SELECT count(*) AS n FROM events'))[0]?.n)

describe('the copies of seals in the object store', () => {
  it('are made once an hour, and only when something was recorded', async () => {
    await keep(0)
    expect(await copies()).toHaveLength(1)
    await writeDeeds(shop.db, 1)
    await keep(HOUR - 1)
    expect(await copies()).toHaveLength(1)
    await Promise.all([keep(HOUR), keep(HOUR)])
    expect(await copies()).toHaveLength(2)
    await keep(3 * HOUR)
    expect(await copies()).toHaveLength(2)
    expect(await verify()).toMatchObject({ State: 'Verified', Unsealed: 0, FirstBad: null })
  })

  it('are never replaced', async () => {
    await keep(0)
    const [key = ''] = await copies()
    const before = await (await store.get(key))?.text()
    await shop.rows('DELETE FROM audit_anchors')
    await keep(5 * HOUR)
    expect(await (await store.get(key))?.text()).toBe(before)
    expect(JSON.parse(before ?? '')).toMatchObject({ sequence: await count(), at: 0 })
  })

  it('show a tail that was cut off', async () => {
    await writeDeeds(shop.db, 3)
    await keep(0)
    const last = await count()
    await tamper(shop.rows, [
      ['DELETE FROM events WHERE sequence = ?', last],
      ['DELETE FROM audit_seals WHERE sequence = ?', last],
    ])
    expect((await verify()).FirstBad).toEqual({
      EventId: `Events-${last}`,
      Sequence: last,
      Kind: 'cut',
      Message: `Row ${last} and those after it are missing: row ${last} was there on 1970-01-01T00:00:00.000Z. The end was cut off, or an older file was put back.`,
    })
  })

  const forged = { hash: 'x', at: '0', mac: 'y' }
  it.each([
    ['was forged', (key: string) => store.put(key, '', { customMetadata: forged })],
    ['says nothing', (key: string) => store.put(key, 'nonsense')],
    ['is gone', (key: string) => store.delete(key)],
  ])('are missed when the last %s', async (_what, deed) => {
    await keep(0)
    const [key = ''] = await copies()
    await deed(key)
    expect((await verify()).FirstBad).toMatchObject({ Kind: 'unanchored' })
  })

  it('remember a past that somebody went back behind, however far the server has come since', async () => {
    await writeDeeds(shop.db, 3)
    await keep(0)
    const old = await count()
    await writeDeeds(shop.db, 2)
    await keep(HOUR)
    await tamper(shop.rows, [
      ['DELETE FROM events WHERE sequence > ?', old],
      ['DELETE FROM event_documents WHERE event_sequence > ?', old],
      ['DELETE FROM audit_seals WHERE sequence > ?', old],
      ['DELETE FROM audit_anchors WHERE sequence > ?', old],
    ])
    await writeDeeds(shop.db, 20)
    await keep(9 * HOUR)
    expect((await verify()).FirstBad).toMatchObject({ Kind: 'replaced', Sequence: old + 1 })
    expect((await verify(`?from=${old + 1}`)).FirstBad).toMatchObject({ Sequence: old + 1 })
    expect((await verify(`?from=${old + 2}`)).FirstBad).toBeNull()
  })
})

describe('asking whether the record is whole', () => {
  it('tells how far, what is not sealed yet, and goes on behind a row', async () => {
    await keep(0)
    const last = await count()
    await writeDeeds(shop.db, 2)
    expect(await verify()).toEqual({
      State: 'Verified',
      RowsVerified: last + 2,
      VerifiedUpTo: last + 2,
      SealedUpTo: last,
      Unsealed: 2,
      FirstBad: null,
      MissingGuards: [],
      Links: {},
    })
    expect(await verify(`?from=${last}`)).toMatchObject({ State: 'Verified', RowsVerified: 2 })
    expect(await verify('?from=999999')).toMatchObject({ RowsVerified: 0 })
    await shop.json('GET', '/api/audit/verify?from=x', { status: 400 })
  })

  it('is for whoever may see the record of all spaces', async () => {
    const key = await addAda(shop)
    const auditor = await addUser(shop, 'sam', [{ role: 'systemmanager', space: null }])
    expect((await shop.send('GET', '/api/audit/verify', { key })).status).toBe(403)
    expect((await shop.send('GET', '/api/audit/verify', { key: null })).status).toBe(401)
    expect((await shop.send('GET', '/api/audit/verify', { key: auditor })).status).toBe(200)
  })
})

describe('the page of the record', () => {
  const page = async (query = '', key?: string) => {
    const sent = key ? { key } : {}
    const response = await shop.send('GET', `/configuration/audit${query}`, sent)
    expect(response.status).toBe(200)
    return response.text()
  }

  it('says what is sealed, and verifies it when asked', async () => {
    await keep(0)
    const last = await count()
    expect(await page()).toContain(`${last} rows, sealed up to Events-${last}.`)
    await writeDeeds(shop.db, 1)
    const verified = await page('?verify=0')
    expect(verified).toContain(
      `Chain verified up to Events-${last + 1}, ${last + 1} rows. 1 row not sealed yet.`,
    )
    expect(verified).toContain('Project Shop was modified for the 1. time')
  })

  it('asks for the next part by itself while there is more', async () => {
    await writeDeeds(shop.db, 5_001)
    const part = await page('?verify=0')
    expect(part).toContain('hx-get="/configuration/audit?verify=5000"')
    expect(await page('?verify=5000')).toContain('Chain verified up to')
  })

  it('names the first bad row', async () => {
    await keep(0)
    await tamper(shop.rows, [["UPDATE events SET username = 'ben' WHERE sequence = 2"]])
    const broken = await page('?verify=0')
    expect(broken).toContain('The record was tampered with.')
    expect(broken).toContain('Row 2 was changed after it had been written.')
    expect(broken).toContain('All rows up to Events-1 are good.')
  })

  it('can be narrowed, and shows each reader only what is theirs', async () => {
    await writeDeeds(shop.db, 3)
    const narrowed = await page('?regarding=Channels-2&category=Modified')
    expect(narrowed).toContain('for the 2. time')
    expect(narrowed).not.toContain('for the 1. time')
    expect(await page('?regarding=Channels-9')).toContain('No such row')
    const key = await addUser(shop, 'viv', [{ role: 'projectviewer' }])
    const theirs = await page('', key)
    expect(theirs).toContain('for the 3. time')
    expect(theirs).not.toContain('was made at start')
    expect(theirs).not.toContain('Verify the chain')
  })
})
