import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bash, type Engine, type Json, startEngine } from './engine.ts'

vi.setConfig({ testTimeout: 60_000 })

let engine: Engine
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-questions-'))
  engine = await startEngine()
  await engine.runner('web-1', ['web'])
}, 60_000)
afterAll(async () => {
  await engine?.stop()
  await rm(folder, { recursive: true, force: true })
})

const start = async (...args: Parameters<Engine['deployment']>) => {
  const id = await engine.deployment(...args)
  expect(await engine.post(`/deeds/${id}/start`)).toEqual({ type: 'started' })
  return id
}
const pendingOf = async (id: string): Promise<Json> => {
  const { interruptions } = await engine.post(`/deeds/${id}/details`)
  return interruptions.find(({ state }: Json) => state === 'Pending')
}
const asked = async (id: string): Promise<Json> => {
  await expect.poll(() => pendingOf(id), { timeout: 20_000 }).toBeTruthy()
  return pendingOf(id)
}
const answer = (id: string, { id: interruption }: Json, choice: string) =>
  engine.post(`/deeds/${id}/answer`, { interruption, choice })
const rowOf = async (id: string) =>
  (await engine.sql('SELECT * FROM tasks WHERE deployment_id = ?', id))[0]

/** The messages of the audit records about a deployment, by category. */
const recordsOf = async (id: string): Promise<Record<string, string>> => {
  const rows = await engine.sql(
    `SELECT category, message FROM events JOIN event_documents ON event_sequence = sequence
      WHERE document_id = ? ORDER BY sequence`,
    id,
  )
  return Object.fromEntries(rows.map(({ category, message }) => [category, message]))
}

const approve = {
  Id: 'step-Approve',
  Name: 'Approve',
  Properties: {},
  Actions: [
    {
      Id: 'action-Approve',
      Name: 'Approve',
      ActionType: 'Octopus.Manual',
      Properties: { 'Octopus.Action.Manual.Instructions': 'Look at #{Octopus.Release.Number}' },
    },
  ],
}

/** Ends the process that watches over the step, and the step with it. */
const killStep = async (file: string) => {
  const pid = Number(await readFile(join(folder, file), 'utf8'))
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const supervisor = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  process.kill(supervisor, 'SIGKILL')
}
const once = (file: string) =>
  `[ -e "${folder}/${file}" ] && { echo again; exit 0; }; echo $$ > "${folder}/${file}.tmp"; mv "${folder}/${file}.tmp" "${folder}/${file}"; echo begun; sleep 300`

describe('a question', () => {
  it('stands when the server comes up again, lets others run, and is answered then', async () => {
    const id = await start([approve, bash('Go', 'echo went')])
    const question = await asked(id)
    expect(question).toMatchObject({ kind: 'manual', instructions: 'Look at 1.0.1' })
    await expect
      .poll(() => rowOf(id))
      .toMatchObject({
        state: 'Executing',
        holds_key: 0,
        pending_interruptions: 1,
        waiting_for: 'A person is asked: Approve',
      })
    await engine.restart()
    const other = await start([bash('Other', 'echo other')])
    expect((await engine.end(other)).state).toBe('Success')
    expect(await pendingOf(id)).toMatchObject({ id: question.id })
    expect(await answer(id, question, 'Retry')).toMatchObject({ code: 'invalid' })
    expect(await answer(id, question, 'Proceed')).toEqual({ type: 'done' })
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts).toContain('went')
    await expect
      .poll(() => rowOf(id))
      .toMatchObject({
        state: 'Success',
        conclusion: 'succeeded',
        pending_interruptions: 0,
        waiting_for: '',
      })
    const rows = await engine.sql('SELECT * FROM interruptions WHERE deployment_id = ?', id)
    expect(rows).toMatchObject([
      { id: question.id, state: 'Submitted', answer: 'Proceed', answered_by_name: 'Ada' },
    ])
  })

  it('waits for its turn when another has the key by the time of the answer', async () => {
    const first = await start([approve, bash('Go', 'echo first')])
    const question = await asked(first)
    await expect.poll(async () => (await rowOf(first))?.holds_key).toBe(0)
    const second = await start([bash('Slow', 'echo slow; sleep 1; echo second')])
    await engine.saw(second, 'slow')
    await answer(first, question, 'Proceed')
    await expect
      .poll(async () => (await rowOf(first))?.waiting_for)
      .toMatch(/^ServerTasks-\d+ \(Deploy Shop release 1\.0\.\d+\) comes first\.$/)
    const [one, two] = await Promise.all([engine.end(first), engine.end(second)])
    expect([one.state, two.state]).toEqual(['Success', 'Success'])
    expect(one.texts.filter(text => text.startsWith('Waiting: ServerTasks-'))).toHaveLength(1)
  })
})

describe('a database that is put back to an older copy', () => {
  it('is told again what it has forgotten, once somebody asks', async () => {
    const id = await start([bash('Go', 'echo went')])
    expect((await engine.end(id)).state).toBe('Success')
    await expect.poll(async () => (await rowOf(id))?.log_key).toBe(`logs/${id}`)
    const before = await rowOf(id)
    await engine.sql(
      `UPDATE tasks SET state = 'Executing', state_sequence = 1, completed_at = NULL, conclusion = '', log_key = NULL
        WHERE deployment_id = ?`,
      id,
    )
    await engine.post(`/deeds/${id}/start`)
    expect(await rowOf(id)).toEqual(before)
    const alarm =
      / knew ServerTasks-\d+ up to change 1 of \d+ only: it was put back to an older copy\./
    expect(engine.said.join('\n')).toMatch(alarm)
    expect((await engine.end(id)).texts.join('\n')).toMatch(alarm)
    expect(await recordsOf(id)).toMatchObject({
      DeploymentStarted: expect.anything(),
      DeploymentSucceeded: expect.anything(),
      DeploymentRestated: expect.stringMatching(alarm),
    })
  })

  it('is told what it has forgotten with the next change, in order', async () => {
    const id = await start([bash('Go', once('behind'))])
    await engine.saw(id, 'begun')
    await expect.poll(async () => (await rowOf(id))?.state_sequence).toBeGreaterThan(0)
    await engine.sql('UPDATE tasks SET state_sequence = 0 WHERE deployment_id = ?', id)
    await engine.post(`/deeds/${id}/cancel`)
    expect((await engine.end(id)).state).toBe('Canceled')
    await expect.poll(async () => (await rowOf(id))?.state).toBe('Canceled')
    expect(await recordsOf(id)).toMatchObject({
      DeploymentCanceled: expect.anything(),
      DeploymentRestated: expect.stringContaining('it was put back to an older copy'),
    })
  })

  it('is not told what is another task of the same number now, and the deployment says so', async () => {
    const id = await start([bash('Go', once('missed'))])
    await engine.saw(id, 'begun')
    await engine.sql('UPDATE tasks SET queued_at = queued_at + 1 WHERE deployment_id = ?', id)
    const before = await rowOf(id)
    await engine.post(`/deeds/${id}/cancel`)
    const { state } = await engine.end(id)
    expect(state).toBe('Canceled')
    const missed = /libSQL does not know ServerTasks-\d+ as it was queued here/
    await expect.poll(async () => (await recordsOf(id)).DeploymentMissed).toMatch(missed)
    await expect.poll(async () => (await engine.end(id)).texts.join('\n')).toMatch(missed)
    expect((await rowOf(id))?.state).toBe(before?.state)
    await engine.sql('UPDATE tasks SET queued_at = queued_at - 1 WHERE deployment_id = ?', id)
    await engine.post(`/deeds/${id}/start`)
    expect((await rowOf(id))?.state).toBe('Canceled')
  })
})

describe('a step whose supervisor is lost', () => {
  it('is unknown, which a person settles; others may run there meanwhile, it does not by itself', async () => {
    const id = await start([bash('Once', once('once')), bash('After', 'echo after')])
    await engine.saw(id, 'begun')
    await killStep('once')
    const question = await asked(id)
    expect(question).toMatchObject({
      kind: 'unknown',
      choices: ['MarkSucceeded', 'MarkFailed', 'RunAgain'],
    })
    const other = await start([bash('Other', 'echo other')])
    expect((await engine.end(other)).state).toBe('Success')
    await answer(id, question, 'RunAgain')
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts).toContain('again')
  })

  it('runs again by itself when it is declared to be safe', async () => {
    const id = await start([
      bash('Safe', once('safe'), { properties: { 'Slipway.Action.RetrySafe': 'True' } }),
    ])
    await engine.saw(id, 'begun')
    await killStep('safe')
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts).toContain('again')
    expect(await rowOf(id)).toMatchObject({ pending_interruptions: 0 })
  })
})

describe('a cancellation', () => {
  it('survives the server, and ends what waits for a person', async () => {
    const waiting = await start([approve])
    await asked(waiting)
    await engine.post(`/deeds/${waiting}/cancel`)
    expect((await engine.end(waiting)).state).toBe('Canceled')
    const id = await start([
      bash('Wait', 'trap "" TERM; echo waiting; sleep 300 & wait; sleep 300'),
    ])
    await engine.saw(id, 'waiting')
    await engine.post(`/deeds/${id}/cancel`)
    await engine.restart()
    expect((await engine.end(id)).state).toBe('Canceled')
  })
})
