import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweepPackages } from '../../../worker/packages/sweep.ts'
import { PART_BYTES } from '../../../worker/packages/upload-session.ts'
import { ADMIN_KEY } from '../../support/server.ts'
import { largeZip, zipOf } from './archives.ts'
import { type PackageServer, startPackageServer } from './package-server.ts'
import { releaseOf } from './releases.ts'
import { addUsers, BEN_KEY, BUILDER_KEY } from './users.ts'

const UPLOADS = '/api/Spaces-1/packages/uploads'
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

let server: PackageServer
beforeAll(async () => {
  server = await startPackageServer()
  await addUsers(server)
})
afterAll(() => server.end())

const post = (path: string, body: unknown, key = ADMIN_KEY) =>
  server.request('POST', path, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    key,
  })

const begin = (fileName: string, bytes: Uint8Array, more: object = {}, key = ADMIN_KEY) =>
  post(UPLOADS, { FileName: fileName, SizeBytes: bytes.byteLength, ...more }, key)

const partOf = (bytes: Uint8Array, number: number) =>
  bytes.subarray((number - 1) * PART_BYTES, number * PART_BYTES)

const send = (id: string, number: number, bytes: Uint8Array, query = '') =>
  server.request('PUT', `${UPLOADS}/${id}/parts/${number}${query}`, { body: bytes as BodyInit })

const bytes = largeZip(PART_BYTES * 2 + 1_000)

describe('a package sent in parts', () => {
  it('is stored when all parts are there, in whatever order they came', async () => {
    const begun = await begin('Big.1.0.0.zip', bytes, { Sha256: sha256(bytes).toUpperCase() })
    expect(begun.status).toBe(201)
    expect(begun.body).toMatchObject({
      FileName: 'Big.1.0.0.zip',
      PartBytes: PART_BYTES,
      PartCount: 3,
      ReceivedParts: [],
      PackageId: null,
    })
    const { Id } = begun.body
    expect((await send(Id, 3, partOf(bytes, 3))).status).toBe(200)
    expect((await send(Id, 1, partOf(bytes, 1))).status).toBe(200)
    const early = await post(`${UPLOADS}/${Id}/complete`, {})
    expect(early.status).toBe(409)
    expect(early.body.ErrorMessage).toBe(
      '1 of 3 parts are missing: 2. Send them, then complete the upload again.',
    )
    expect((await server.request('GET', `${UPLOADS}/${Id}`)).body.ReceivedParts).toEqual([1, 3])
    expect(
      (await send(Id, 2, partOf(bytes, 2), `?sha256=${sha256(partOf(bytes, 2))}`)).status,
    ).toBe(200)
    const { status, body } = await post(`${UPLOADS}/${Id}/complete`, {})
    expect(status).toBe(201)
    expect(body).toMatchObject({
      PackageId: 'Big',
      Version: '1.0.0',
      PackageSizeBytes: bytes.byteLength,
      Sha256: sha256(bytes),
      Hash: createHash('sha1').update(bytes).digest('hex'),
    })
    const raw = await server.request('GET', body.Links.Raw)
    expect(sha256(raw.body)).toBe(sha256(bytes))
    expect(await server.stored()).toEqual([`sha256/${sha256(bytes)}`])
  })

  it('answers the same when it is completed again', async () => {
    const small = zipOf({ 'again.txt': 'again' })
    const { body } = await begin('Again.1.0.0.zip', small)
    await send(body.Id, 1, small)
    const first = await post(`${UPLOADS}/${body.Id}/complete`, {})
    const second = await post(`${UPLOADS}/${body.Id}/complete`, {})
    expect(second.status).toBe(201)
    expect(second.body).toEqual(first.body)
    expect((await server.request('GET', `${UPLOADS}/${body.Id}`)).body.PackageId).toBe(
      first.body.Id,
    )
    expect((await send(body.Id, 1, small)).status).toBe(409)
  })

  it('takes the later of two parts with one number', async () => {
    const small = zipOf({ 'later.txt': 'later' })
    const { body } = await begin('Later.1.0.0.zip', small)
    await send(body.Id, 1, new Uint8Array(small.byteLength))
    await send(body.Id, 1, small)
    expect((await post(`${UPLOADS}/${body.Id}/complete`, {})).body.Sha256).toBe(sha256(small))
  })

  it('is completed once by two who do it at the same time', async () => {
    const small = zipOf({ 'twice.txt': 'twice' })
    const { body } = await begin('Twice.1.0.0.zip', small)
    await send(body.Id, 1, small)
    const both = await Promise.all([1, 2].map(() => post(`${UPLOADS}/${body.Id}/complete`, {})))
    for (const { status } of both) expect(status).toBeLessThan(500)
    expect(both.some(({ status }) => status === 201)).toBe(true)
    expect(await server.rows("SELECT id FROM packages WHERE package_id = 'Twice'")).toHaveLength(1)
  })
})

describe('what is refused leaves nothing behind', () => {
  const small = zipOf({ 'a.txt': 'refused' })
  const untouched = async (work: () => Promise<void>) => {
    const before = await server.stored()
    await work()
    expect(await server.stored()).toEqual(before)
  }

  it.each([
    ['no version in its name', { FileName: 'Big.zip' }, "The file name 'Big.zip' has no version"],
    ['an empty file', { SizeBytes: 0 }, 'an empty file is no package'],
    ['more than 4 GiB', { SizeBytes: 4_294_967_297 }, 'a package may be at most 4 GiB large'],
    ['half a digest', { Sha256: 'abc' }, 'must be the SHA-256 of the file'],
    ['an unknown mode', { OverwriteMode: 'Maybe' }, 'OverwriteMode'],
  ])('%s', (_, change, words) =>
    untouched(async () => {
      const { status, body } = await begin('Bad.1.0.0.zip', small, change)
      expect(status).toBe(400)
      expect(JSON.stringify(body)).toContain(words)
    }),
  )

  it('a part that is too short, too long, damaged, or none of it', () =>
    untouched(async () => {
      const { body } = await begin('Parts.1.0.0.zip', bytes)
      const short = await send(body.Id, 1, partOf(bytes, 1).subarray(1))
      expect(short.status).toBe(400)
      expect(short.body.ErrorMessage).toBe(
        `Part 1 has ${PART_BYTES} bytes, from 0 on; ${PART_BYTES - 1} arrived. Send it again.`,
      )
      expect((await send(body.Id, 3, partOf(bytes, 1))).status).toBe(413)
      const damaged = await send(body.Id, 3, partOf(bytes, 3), `?sha256=${'0'.repeat(64)}`)
      expect(damaged.body.ErrorMessage).toContain('Part 3 arrived damaged')
      for (const number of ['0', '4', '-1', '1.5', 'x'])
        expect(
          (await server.request('PUT', `${UPLOADS}/${body.Id}/parts/${number}`, { body: 'x' }))
            .status,
        ).toBe(400)
      expect((await server.request('GET', `${UPLOADS}/${body.Id}`)).body.ReceivedParts).toEqual([])
      expect((await server.request('DELETE', `${UPLOADS}/${body.Id}`)).status).toBe(200)
      expect((await server.request('GET', `${UPLOADS}/${body.Id}`)).status).toBe(404)
    }))

  it('other bytes than were announced', () =>
    untouched(async () => {
      const { body } = await begin('Other.1.0.0.zip', small, { Sha256: 'f'.repeat(64) })
      await send(body.Id, 1, small)
      const { status, body: answer } = await post(`${UPLOADS}/${body.Id}/complete`, {})
      expect(status).toBe(400)
      expect(answer.ErrorMessage).toContain(`what arrived has ${sha256(small)}`)
    }))

  it('bytes that are no archive', () =>
    untouched(async () => {
      const text = new TextEncoder().encode('no archive')
      const { body } = await begin('Text.1.0.0.zip', text)
      await send(body.Id, 1, text)
      expect((await post(`${UPLOADS}/${body.Id}/complete`, {})).status).toBe(400)
    }))

  it('a version that is there, before a byte is sent', async () => {
    await server.request('POST', '/api/Spaces-1/packages/raw?fileName=There.1.0.0.zip', {
      body: small as BodyInit,
    })
    expect((await begin('There.1.0.0.zip', small)).status).toBe(409)
    const ignored = await begin('There.1.0.0.zip', small, { OverwriteMode: 'IgnoreIfExists' })
    expect(ignored.status).toBe(200)
    expect(ignored.body.PackageId).toBe('There')
  })

  it("somebody else's upload, and one of a reader", async () => {
    const { body } = await begin('Mine.1.0.0.zip', small)
    const foreign = await server.request('GET', `${UPLOADS}/${body.Id}`, { key: BUILDER_KEY })
    expect(foreign.status).toBe(404)
    expect((await begin('Ben.1.0.0.zip', small, {}, BEN_KEY)).status).toBe(403)
  })
})

describe('the sweep', () => {
  const DAY = 86_400_000
  const sweep = (days: number) =>
    sweepPackages({ STORE: server.store as never }, server.db, Date.now() + days * DAY)

  it('drops uploads that nobody goes on with, and bytes that nothing names', async () => {
    const { body } = await begin('Left.1.0.0.zip', bytes)
    await send(body.Id, 1, partOf(bytes, 1))
    const kept = await server.stored()
    const orphan = `sha256/${'e'.repeat(64)}`
    await server.store.put(orphan, 'orphan')
    await server.store.put('uploads/abandoned', 'half')
    await sweep(0)
    expect(await server.stored()).toContain(orphan)
    expect((await server.request('GET', `${UPLOADS}/${body.Id}`)).status).toBe(200)
    await sweep(8)
    expect((await server.request('GET', `${UPLOADS}/${body.Id}`)).status).toBe(404)
    expect(await server.stored()).toEqual(kept)
  })

  it('drops what a replaced package was made of, unless a release took it', async () => {
    const [taken, dropped] = ['taken', 'dropped'].map(text => zipOf({ 'v.txt': text }))
    for (const [name, old] of [
      ['Taken', taken],
      ['Dropped', dropped],
    ] as const) {
      const path = `/api/Spaces-1/packages/raw?fileName=${name}.1.0.0.zip`
      await server.request('POST', path, { body: old as BodyInit })
      const mode = '&overwriteMode=OverwriteExisting'
      await server.request('POST', path + mode, { body: zipOf({ 'v.txt': name }) as BodyInit })
    }
    await releaseOf(server, [
      { PackageId: 'Taken', Version: '1.0.0', Sha256: sha256(taken ?? bytes) },
    ])
    await sweep(20)
    const stored = await server.stored()
    expect(stored).toContain(`sha256/${sha256(taken ?? bytes)}`)
    expect(stored).not.toContain(`sha256/${sha256(dropped ?? bytes)}`)
  })
})
