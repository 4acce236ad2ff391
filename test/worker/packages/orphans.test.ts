import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweepPackages } from '../../../worker/packages/sweep.ts'
import { zipOf } from './archives.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'

const HOUR = 3_600_000

let server: PackageServer
beforeAll(async () => {
  server = await startPackageServer()
})
afterAll(() => server.end())

const push = (name: string, bytes: Uint8Array) =>
  server.request('POST', `/api/Spaces-1/packages/raw?fileName=${name}.1.0.0.zip`, {
    body: bytes as BodyInit,
  })
const keyOf = (bytes: Uint8Array) => `sha256/${createHash('sha256').update(bytes).digest('hex')}`
const rowsOf = (name: string) =>
  server.rows('SELECT version FROM packages WHERE package_id = ?', name)
const sweep = (hours: number) =>
  sweepPackages({ STORE: server.store as never }, server.db, Date.now() + hours * HOUR)

/** The server goes away after the bytes are stored, before their row is. */
const pushAndLose = async (name: string, bytes: Uint8Array) => {
  await server.rows(
    "CREATE TRIGGER gone BEFORE INSERT ON packages BEGIN SELECT RAISE(ABORT, 'the server is gone'); END",
  )
  const { status } = await push(name, bytes)
  await server.rows('DROP TRIGGER gone')
  expect(status).toBe(500)
  expect(await rowsOf(name)).toEqual([])
  expect(await server.stored()).toContain(keyOf(bytes))
}

describe('bytes that were stored before the server went away, and their row was not', () => {
  it('get it when they are pushed again', async () => {
    const bytes = zipOf({ 'a.txt': 'pushed again' })
    await pushAndLose('Again', bytes)
    const before = await server.stored()
    const { status, body } = await push('Again', bytes)
    expect([status, body.Version, `sha256/${body.Sha256}`]).toEqual([201, '1.0.0', keyOf(bytes)])
    expect(await rowsOf('Again')).toHaveLength(1)
    expect(await server.stored()).toEqual(before)
    const { body: found } = await server.request('GET', `${body.Links.Self}/raw`)
    expect(keyOf(found)).toBe(keyOf(bytes))
  })

  it('are kept for a day, and then swept', async () => {
    const bytes = zipOf({ 'a.txt': 'never again' })
    await pushAndLose('Never', bytes)
    await sweep(23)
    expect(await server.stored()).toContain(keyOf(bytes))
    await sweep(25)
    expect(await server.stored()).not.toContain(keyOf(bytes))
    expect(await server.stored()).toContain(keyOf(zipOf({ 'a.txt': 'pushed again' })))
    expect((await push('Never', bytes)).status).toBe(201)
    expect(await server.stored()).toContain(keyOf(bytes))
  })
})
