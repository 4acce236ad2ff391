import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ADMIN_KEY, bash, type Engine, type Json, startEngine } from '../deployments/engine.ts'
import { ScriptedRunner } from '../runners/scripted-runner.ts'

vi.setConfig({ testTimeout: 60_000 })

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
}, 60_000)
afterAll(() => engine?.stop())

const get = (path: string) =>
  fetch(`${engine.url}${path}`, { headers: { 'x-octopus-apikey': ADMIN_KEY } })
const list = async (regarding: string): Promise<Json[]> =>
  (await (await get(`/api/Spaces-1/artifacts?regarding=${regarding}`)).json()).Items

/** A step that a scripted runner has claimed. */
const claimed = async (name: string) => {
  const runner = new ScriptedRunner(engine.url)
  await runner.enrol(await engine.token(name, [name], 'Environments-2'))
  await runner.open()
  const step = bash('Publish', 'echo', {
    stepProperties: { 'Octopus.Action.TargetRoles': name },
  })
  const id = await engine.deployment([step], [], 'Environments-2')
  await engine.post(`/deeds/${id}/start`)
  const work = await runner.offer()
  const end = async () => {
    await runner.claim(work)
    await runner.complete(work, new Uint8Array())
    await engine.end(id)
  }
  return { runner, work, id, end }
}
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('the artifacts of a deployment', () => {
  it('are what its steps handed in, and can be had', async () => {
    await engine.runner('web-1', ['web'])
    const script = [
      'echo "all is well" > report.txt',
      'new_octopusartifact "$PWD/report.txt" "Grüße \\"1\\".txt"',
      'mkdir more; head -c 3000000 /dev/urandom > more/report.txt; sha256sum more/report.txt',
      'new_octopusartifact "$PWD/more/report.txt"',
      'new_octopusartifact /etc/passwd',
      'ln -s /etc/passwd link.txt; new_octopusartifact "$PWD/link.txt"',
      'mkdir -p far; ln -s /etc far/away; new_octopusartifact "$PWD/far/away/passwd"',
      `mkfifo pipe; echo "##octopus[createArtifact path='$(echo -n "$PWD/pipe" | base64 -w0)']"`,
    ].join('\n')
    const id = await engine.deployment([bash('Publish', script)])
    await engine.post(`/deeds/${id}/start`)
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    const only = 'only files in the working folder of the step are collected'
    expect(texts.filter(text => text.startsWith('The artifact'))).toEqual([
      `The artifact passwd is not collected: ${only}.`,
      expect.stringContaining('The artifact link.txt is not collected: ELOOP'),
      `The artifact passwd is not collected: ${only}.`,
      'The artifact pipe is not collected: it is no plain file.',
    ])
    const items = await list(id)
    expect(items).toMatchObject([
      { Filename: 'Grüße "1".txt', Source: 'Publish on web-1', SizeBytes: 12 },
      { Filename: 'report.txt', SizeBytes: 3_000_000 },
    ])
    const content = await get(items[0].Links.Content)
    expect(Object.fromEntries(content.headers)).toMatchObject({
      'content-disposition': `attachment; filename="Gr__e _1_.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt`,
      'content-type': 'application/octet-stream',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
    expect(await content.text()).toBe('all is well\n')
    const large = Buffer.from(await (await get(items[1].Links.Content)).arrayBuffer())
    const sha256 = createHash('sha256').update(large).digest('hex')
    expect(sha256).toBe(items[1].Sha256)
    expect(texts.some(text => text.startsWith(sha256))).toBe(true)
    expect(await list('ServerTasks-1')).toHaveLength(2)
    expect(await list('Deployments-999')).toEqual([])
    expect((await get('/api/Spaces-1/artifacts/Artifacts-999')).status).toBe(404)
    expect((await fetch(`${engine.url}${items[0].Links.Content}`)).status).toBe(401)
  })

  it('are taken once, whole and as they were declared', async () => {
    const { runner, work, id, end } = await claimed('blue')
    const report = bytesOf('all is well')
    const stored = { status: 200, body: { stored: true } }
    expect(await runner.handIn(work, report)).toMatchObject({ body: { error: 'stale' } })
    await runner.claim(work)
    expect(await runner.handIn(work, report)).toEqual(stored)
    expect(await runner.handIn(work, report)).toEqual(stored)
    const refusals = [
      [bytesOf('other'), {}, 'invalid'],
      [report, { name: 'b', sha256: '0'.repeat(64) }, 'digest'],
      [report, { name: 'b', sha256: 'x' }, 'invalid'],
      [report, { name: 'b', size: '12' }, 'invalid'],
      [report, { name: 'b', size: '10' }, 'invalid'],
      [report, { name: 'b', size: '94371841' }, 'too_large'],
      [report, { name: '../b' }, 'invalid'],
      [report, { name: 'b\n' }, 'invalid'],
      [report, { name: '' }, 'invalid'],
      [report, { name: 'b', fence: String(work.fence + 1) }, 'stale'],
    ] as const
    for (const [bytes, more, error] of refusals)
      expect([more, (await runner.handIn(work, bytes, more)).body]).toMatchObject([more, { error }])
    await end()
    expect(await runner.handIn(work, bytesOf('late'), { name: 'late' })).toMatchObject({
      status: 410,
      body: { error: 'gone' },
    })
    expect(await list(id)).toMatchObject([{ Filename: 'report.txt', SizeBytes: 11 }])
  })

  it('are nobody else’s to hand in', async () => {
    const { work, end } = await claimed('green')
    const other = new ScriptedRunner(engine.url)
    await other.enrol(await engine.token('other', ['other'], 'Environments-2'))
    await other.open()
    expect(await other.handIn(work, bytesOf('mine'))).toMatchObject({ status: 410 })
    expect(await other.handIn(work, bytesOf('mine'), {}, 'nonsense')).toMatchObject({ status: 401 })
    await end()
  })
})
