import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { RunnerProcess } from '../../support/runner-process.ts'
import { ADMIN_KEY, bash, type Engine, type Json, startEngine } from '../deployments/engine.ts'
import { ScriptedRunner } from './scripted-runner.ts'

vi.setConfig({ testTimeout: 60_000 })

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
}, 60_000)
afterAll(() => engine?.stop())

const api = async (method: string, path: string, body?: Json) => {
  const response = await fetch(`${engine.url}/api/Spaces-1${path}`, {
    method,
    headers: { 'x-octopus-apikey': ADMIN_KEY },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** A scripted runner behind a target of this name, with an open session. */
const enrolled = async (name: string, settings: Partial<ScriptedRunner> = {}) => {
  const runner = Object.assign(new ScriptedRunner(engine.url), settings)
  await runner.enrol(await engine.token(name, [name]))
  await runner.open()
  return runner
}
const started = async (tag: string, script = 'echo hello') => {
  const step = bash('Publish', script, { stepProperties: { 'Octopus.Action.TargetRoles': tag } })
  const id = await engine.deployment([step])
  await engine.post(`/deeds/${id}/start`)
  return id
}
const target = async (name: string) =>
  (
    await engine.sql(
      `SELECT t.id, t.runner_id, t.health_status, t.status_summary, r.quarantined_at IS NOT NULL AS isOut
        FROM targets AS t LEFT JOIN runners AS r ON r.id = t.runner_id WHERE t.name = ?`,
      name,
    )
  )[0] as Json
const categories = async (id: string): Promise<string[]> =>
  (
    await engine.sql(
      `SELECT category FROM events JOIN event_documents ON event_sequence = sequence
        WHERE document_id = ? ORDER BY sequence`,
      id,
    )
  ).map(({ category }) => category as string)

describe('a message of a session that signs', () => {
  it('is worth nothing without its signature, with another body, or a second time', async () => {
    const runner = await enrolled('signer', { signs: true })
    const id = await started('signer')
    const work = await runner.offer()
    const path = `/attempts/${work.attempt}/claim`
    const body = { fence: work.fence }
    const other = await enrolled('stranger', { signs: true })
    const unauthenticated = { status: 401, body: { error: 'unauthenticated' } }
    const refused = [
      '',
      '1',
      runner.proof(path, { fence: work.fence + 1 }),
      runner.proof(`/attempts/${work.attempt}/complete`, body),
      other.proof(path, body),
    ]
    for (const proof of refused)
      expect(await runner.send(path, body, runner.session, proof)).toMatchObject(unauthenticated)
    const proof = runner.proof(path, body)
    const granted = await runner.send(path, body, runner.session, proof)
    expect(granted).toMatchObject({ status: 200, body: { attempt: work.attempt } })
    expect(await runner.send(path, body, runner.session, proof)).toMatchObject({
      status: 409,
      body: { error: 'replayed' },
    })
    expect(await runner.claim(work)).toEqual(granted)
    await runner.complete(work, new Uint8Array())
    expect((await engine.end(id)).state).toBe('Success')
  })

  it('is worth nothing a second time after the server was restarted either', async () => {
    const runner = await enrolled('recorded', { signs: true })
    const id = await started('recorded')
    const work = await runner.offer()
    const path = `/attempts/${work.attempt}/claim`
    const body = { fence: work.fence }
    const proofs = [runner.proof(path, body), runner.proof(path, body)]
    for (const proof of proofs)
      expect((await runner.send(path, body, runner.session, proof)).status).toBe(200)
    await engine.restart()
    for (const proof of proofs)
      expect(await runner.send(path, body, runner.session, proof)).toMatchObject({
        status: 409,
        body: { error: 'replayed' },
      })
    expect((await runner.claim(work)).status).toBe(200)
    await runner.complete(work, new Uint8Array())
    expect((await engine.end(id)).state).toBe('Success')
  })

  it('is not taken from a session that another one has ended', async () => {
    const runner = await enrolled('stale')
    const older = runner.session
    await runner.open()
    const id = await started('stale')
    const work = await runner.offer()
    const claim = (session: string) =>
      runner.send(`/attempts/${work.attempt}/claim`, { fence: work.fence }, session)
    expect(await claim(older)).toMatchObject({ status: 409, body: { error: 'stale' } })
    expect(await claim(runner.session)).toMatchObject({ status: 200 })
    await runner.open()
    expect(await runner.claim(work)).toMatchObject({ status: 409, body: { error: 'stale' } })
    const listed = { attempt: work.attempt, fence: work.fence, state: 'accepted', acknowledged: 0 }
    await runner.open([listed])
    expect(await runner.claim(work)).toMatchObject({ status: 200 })
    await runner.complete(work, new Uint8Array())
    expect((await engine.end(id)).state).toBe('Success')
  })
})

describe('a runner that exists twice', () => {
  it('is shut out, with at most one start, until somebody has looked', async () => {
    const original = await engine.runner('twin', ['twin'])
    const ledger = join(original.home, '..', `ledger-${Date.now()}`)
    const gate = `${ledger}.gate`
    const id = await started(
      'twin',
      `echo START >> ${ledger}; while [ ! -e ${gate} ]; do sleep 0.02; done; exit 0`,
    )
    const copy = new RunnerProcess()
    await cp(original.home, copy.home, {
      recursive: true,
      filter: path => !/\/(lock|attempts|work|journal\.jsonl)$/.test(path),
    })
    await expect.poll(() => existsSync(ledger), { timeout: 20_000 }).toBe(true)
    await copy.start()
    await expect
      .poll(async () => (await target('twin')).isOut, { timeout: 30_000, interval: 100 })
      .toBe(1)
    expect(await target('twin')).toMatchObject({
      health_status: 'Unhealthy',
      status_summary: expect.stringContaining('Two machines use the key of this runner'),
    })
    const { runner_id } = await target('twin')
    const listed = (await api('GET', '/runners')).body.Items.find(
      (one: Json) => one.Id === runner_id,
    )
    expect(listed).toMatchObject({
      Quarantined: expect.any(String),
      QuarantineReason: expect.stringContaining('Stop the copy'),
    })
    await copy.remove()
    expect((await api('POST', `/runners/${runner_id}/release`)).status).toBe(200)
    expect((await api('POST', `/runners/${runner_id}/release`)).status).toBe(409)
    writeFileSync(gate, '')
    const { state } = await engine.end(id)
    expect(state).toBe('Success')
    expect(readFileSync(ledger, 'utf8')).toBe('START\n')
    expect(await categories(runner_id)).toEqual(['Created', 'RunnerQuarantined', 'RunnerReleased'])
  })

  it('is not taken for one that is restarted again and again', async () => {
    const runner = await enrolled('restless')
    for (const instance of ['a', 'b', 'c', 'd', 'e', 'e', 'f']) {
      runner.instance = instance
      expect((await runner.open()).status).toBe(200)
    }
  })
})

describe('a runner that registers under a name in use', () => {
  it('waits for approval, while the step of the other one goes on untouched', async () => {
    const runner = await enrolled('desk')
    const id = await started('desk')
    const work = await runner.offer()
    await runner.claim(work)
    const before = await target('desk')

    const newcomer = new ScriptedRunner(engine.url)
    const { body } = await newcomer.enrol(await engine.token('desk', ['desk']))
    expect(body).toMatchObject({ name: 'desk', isPending: true })
    expect(await newcomer.open()).toMatchObject({
      status: 403,
      body: { error: 'forbidden', message: expect.stringContaining('waits for approval') },
    })
    expect(await target('desk')).toEqual(before)
    expect(await api('POST', `/runners/${newcomer.id}/approval`)).toMatchObject({
      status: 409,
      body: { ErrorMessage: expect.stringContaining('desk is in use by') },
    })
    await runner.complete(work, new Uint8Array())
    expect((await engine.end(id)).state).toBe('Success')

    await expect
      .poll(async () => (await api('POST', `/runners/${newcomer.id}/approval`)).status)
      .toBe(200)
    expect(await target('desk')).toMatchObject({ id: before.id, runner_id: newcomer.id })
    expect((await newcomer.open()).status).toBe(200)
    expect((await runner.open()).status).toBe(401)
    expect(await categories(newcomer.id)).toEqual(['RunnerPending', 'RunnerApproved'])
  })

  it('can be turned away', async () => {
    await enrolled('till')
    const newcomer = new ScriptedRunner(engine.url)
    await newcomer.enrol(await engine.token('till', ['till']))
    expect((await api('POST', `/runners/${newcomer.id}/rejection`)).status).toBe(200)
    expect((await newcomer.open()).status).toBe(401)
    expect((await api('POST', `/runners/${newcomer.id}/approval`)).status).toBe(404)
  })

  it('takes the place of a target that waits for its runner', async () => {
    await engine.sql(
      `INSERT INTO targets (id, space_id, name, slug, created_at) VALUES ('Machines-900', 'Spaces-1', 'kiosk', 'kiosk', 0)`,
    )
    await engine.sql("INSERT INTO target_environments VALUES ('Machines-900', 'Environments-1')")
    const runner = await enrolled('kiosk')
    expect(await target('kiosk')).toMatchObject({ id: 'Machines-900', runner_id: runner.id })
  })
})

describe('a target whose runner reports', () => {
  it('shows how its machine is, and why', async () => {
    const runner = await enrolled('shelf')
    const said = async (report?: object) => {
      await runner.poll(0, [], [], report && { report })
      return async () => {
        const { health_status, status_summary } = await target('shelf')
        return `${health_status}: ${status_summary}`
      }
    }
    const warning = 'Only 12 MiB are free where the runner keeps its files.'
    await expect.poll(await said()).toBe('Healthy: The runner is connected.')
    await expect.poll(await said({ warnings: [warning] })).toBe(`HasWarnings: ${warning}`)
    const problem = 'The runner takes no work: the disk is full; make room.'
    await expect.poll(await said({ warnings: [], problem })).toBe(`Unhealthy: ${problem}`)
    await expect.poll(await said({ warnings: [] })).toBe('Healthy: The runner is connected.')
  })
})

describe('a target that an unknown outcome keeps', () => {
  it('is freed by a person alone who answers for it', async () => {
    const runner = await enrolled('vault')
    const { id } = await target('vault')
    expect((await api('GET', `/machines/${id}/lock`)).body).toMatchObject({ IsHeld: false })
    const deployment = await started('vault')
    const work = await runner.offer()
    await runner.claim(work)
    expect((await api('GET', `/machines/${id}/lock`)).body).toMatchObject({
      IsHeld: true,
      DeploymentId: deployment,
      IsOutcomeUnknown: false,
    })
    const lift = (Reason?: string) =>
      api('POST', `/machines/${id}/lock/release`, Reason === undefined ? {} : { Reason })
    expect((await lift()).status).toBe(400)
    expect(await lift('I looked')).toMatchObject({
      status: 409,
      body: { ErrorMessage: expect.stringContaining('Cancel it first') },
    })
    await runner.complete(work, new Uint8Array())
    await engine.end(deployment)
  })
})
