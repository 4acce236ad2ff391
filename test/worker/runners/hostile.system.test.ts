import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { artifactRoutes } from '../../../worker/artifacts/api.ts'
import { runnerRoutes } from '../../../worker/runners/api.ts'
import { stewardshipRoutes } from '../../../worker/runners/stewardship-api.ts'
import { bash, type Engine, startEngine } from '../deployments/engine.ts'
import { records, ScriptedRunner } from './scripted-runner.ts'

vi.setConfig({ testTimeout: 120_000 })

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
}, 60_000)
afterAll(() => engine?.stop())

const enrolled = async (name: string) => {
  const runner = new ScriptedRunner(engine.url)
  await runner.enrol(await engine.token(name, [name]))
  await runner.open()
  return runner
}

/** All that is stored, but for when somebody was last seen. */
const digest = async () => {
  const tables = ['artifacts', 'deployments', 'tasks', 'targets', 'events', 'enrolment_tokens']
  const rows = await Promise.all(
    tables.map(table => engine.sql(`SELECT * FROM ${table} ORDER BY rowid`)),
  )
  const runners = await engine.sql(
    'SELECT id, name, public_key, revoked_at, pending_target_id, quarantined_at FROM runners ORDER BY id',
  )
  return JSON.stringify([...rows, runners])
}

describe('a hostile runner', () => {
  it('gets nothing and changes nothing by calling every route with every id', async () => {
    const honest = await enrolled('web')
    const id = await engine.deployment([bash('Publish', 'echo hello')])
    await engine.post(`/deeds/${id}/start`)
    const work = await honest.offer()
    await honest.claim(work)
    await honest.log(work, 0, records('one'))
    const hostile = await enrolled('evil')
    // What the deployment tells of itself has arrived.
    await expect.poll(digest).toContain('DeploymentStarted')
    await expect.poll(digest).toContain('"state_sequence":1')
    const before = await digest()

    const attempts = [work.attempt, `${id}:2`, `${id}:999999999`, 'Deployments-999:1', 'x', '..%2f']
    const ids = [honest.id, hostile.id, 'Runners-999', 'Machines-1', 'Artifacts-1', '%00']
    const fences = [work.fence, work.fence + 1, 1, 0]
    const sha256 = 'a'.repeat(64)
    let calls = 0
    for (const { method, area, path } of [...runnerRoutes, ...artifactRoutes, ...stewardshipRoutes])
      for (const attempt of path.includes('{attempt}') ? attempts : [''])
        for (const other of path.includes('{id}') ? ids : [''])
          for (const fence of path.includes('{attempt}') ? fences : [work.fence]) {
            if (path.endsWith('/session') || path.endsWith('/poll') || path.includes('/install/'))
              continue
            const filled = path
              .replace('{attempt}', attempt)
              .replace('{id}', other)
              .replace('{sha256}', sha256)
            const query = `?fence=${fence}&offset=0&crc=00000000&name=x&size=0&sha256=${sha256}`
            const body = { fence, outcome: 'succeeded', exitCode: 0, signal: null, reason: null }
            const more = { finalOffset: 0, sha256, warnings: false, outputs: null, Reason: 'x' }
            const response = await fetch(
              `${engine.url}${area === 'space' ? '/api/Spaces-1' : ''}${filled}${query}`,
              {
                method,
                headers: { authorization: `Bearer ${hostile.session}` },
                ...(method !== 'GET' && { body: JSON.stringify({ ...body, ...more }) }),
              },
            )
            calls += 1
            const text = await response.text()
            const where = `${method} ${filled} ${response.status} ${text}`
            // Anybody may ask for something to sign; it is worth nothing without the key.
            if (path.endsWith('/nonce') && response.status === 200) continue
            expect(response.status, where).toBeGreaterThanOrEqual(400)
            expect(response.status, where).toBeLessThan(500)
            expect(text, where).not.toContain('hello')
          }
    expect(calls).toBeGreaterThan(100)
    expect(await digest()).toBe(before)

    // Its own offers are all it is ever told of.
    expect((await hostile.poll(0)).body).toEqual({ offers: [], controls: [] })
    const listed = { attempt: work.attempt, fence: work.fence, state: 'finished', acknowledged: 0 }
    expect((await hostile.open([listed])).body.attempts).toEqual([
      { attempt: work.attempt, instruction: 'forget', next: expect.any(Number) },
    ])
    await honest.complete(work, records('one'))
    expect(await engine.end(id)).toMatchObject({ state: 'Success' })
  })

  it('cannot open a session for another one, nor in its own name with a key of another', async () => {
    const honest = await enrolled('shop')
    const thief = new ScriptedRunner(engine.url)
    thief.id = honest.id
    expect(await thief.open()).toMatchObject({ status: 401 })
    const nonce = await honest.nonce()
    expect(await thief.open([], nonce)).toMatchObject({ status: 401 })
  })
})
