import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrapRoutes } from '../../../worker/access/bootstrap.ts'
import {
  newDataKey,
  open,
  openKeyring,
  openWithMaster,
  seal,
  sealWithMaster,
} from '../../../worker/access/envelope.ts'
import { type TestServer, testServer } from '../../support/server.ts'

describe('secrets at rest', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await testServer(bootstrapRoutes)
    await server.rows(
      "INSERT INTO spaces (id, name, slug, data_key, created_at) VALUES ('Spaces-2', 'Two', 'two', ?, 0)",
      await newDataKey(server.env, 'Spaces-2'),
    )
  })
  afterAll(() => server.stop())

  const keyring = (spaceId = 'Spaces-1') => openKeyring(server.env, server.db, spaceId)

  it.each(['correct horse', '', 'ünïcödé 😀', 'line\nbreak', 'x'.repeat(100_000)])(
    'open to what was sealed',
    async secret => {
      const sealed = await seal(await keyring(), 'variables|Variables-1|value', secret)
      expect(sealed).toMatch(/^v1\.[\w-]{16}\.[\w-]+$/)
      if (secret.length > 3) expect(sealed).not.toContain(secret)
      expect(await open(await keyring(), 'variables|Variables-1|value', sealed)).toBe(secret)
    },
  )

  it('differ each time, even for the same text', async () => {
    const ring = await keyring()
    const sealed = await Promise.all(Array.from({ length: 50 }, () => seal(ring, 'a', 'same')))
    expect(new Set(sealed).size).toBe(50)
  })

  it('do not open in another row, another space, altered, or under another master key', async () => {
    const ring = await keyring()
    const sealed = await seal(ring, 'variables|Variables-1|value', 'secret')
    const [format = '', iv = '', body = ''] = sealed.split('.')
    const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
    const attempts = [
      () => open(ring, 'variables|Variables-2|value', sealed),
      async () => open(await keyring('Spaces-2'), 'variables|Variables-1|value', sealed),
      () => open(ring, 'variables|Variables-1|value', `${format}.${flip(iv)}.${body}`),
      () => open(ring, 'variables|Variables-1|value', `${format}.${iv}.${flip(body)}`),
      () => open(ring, 'variables|Variables-1|value', `${format}.${iv}.${body.slice(0, -4)}`),
      () => open(ring, 'variables|Variables-1|value', `v2.${iv}.${body}`),
      () => open(ring, 'variables|Variables-1|value', 'secret'),
      () => open(ring, 'variables|Variables-1|value', ''),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow()
    const stranger = { ...server.env, MASTER_KEY: Buffer.alloc(32, 8).toString('base64') }
    await expect(openKeyring(stranger, server.db, 'Spaces-1')).rejects.toThrow()
  })

  it('keep the wrapped key of one space from opening another', async () => {
    await server.rows(
      "UPDATE spaces SET data_key = (SELECT data_key FROM spaces WHERE id = 'Spaces-1') WHERE id = 'Spaces-2'",
    )
    await expect(keyring('Spaces-2')).rejects.toThrow()
    await expect(keyring('Spaces-9')).rejects.toThrow('no data key for Spaces-9')
  })

  it('need a master key of 32 bytes', async () => {
    const short = { ...server.env, MASTER_KEY: Buffer.alloc(16).toString('base64') }
    await expect(sealWithMaster(short, 'a', 'b')).rejects.toThrow(
      'MASTER_KEY must be 32 bytes in base64; it is 16',
    )
    const sealed = await sealWithMaster(server.env, 'signing-key|one', 'private')
    expect(await openWithMaster(server.env, 'signing-key|one', sealed)).toBe('private')
    await expect(openWithMaster(server.env, 'signing-key|two', sealed)).rejects.toThrow()
  })
})
