import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { ADMIN_KEY, bash, type Engine, type Json, startEngine } from '../deployments/engine.ts'
import { records, ScriptedRunner } from './scripted-runner.ts'

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

/** A step under way on a target of its own. */
const running = async (tag: string) => {
  const runner = Object.assign(new ScriptedRunner(engine.url), { signs: true })
  await runner.enrol(await engine.token(tag, [tag]))
  await runner.open()
  const step = bash('Publish', 'echo', { stepProperties: { 'Octopus.Action.TargetRoles': tag } })
  const deployment = await engine.deployment([step])
  await engine.post(`/deeds/${deployment}/start`)
  const work = await runner.offer()
  const granted = await runner.claim(work)
  const [row] = await engine.sql(
    `SELECT t.id AS target, d.project_id AS project, d.environment_id AS environment
      FROM targets AS t, deployments AS d WHERE t.name = ? AND d.id = ?`,
    ...[tag, deployment],
  )
  return { runner, deployment, work, granted, ...(row as Record<string, string>) }
}

type Running = Awaited<ReturnType<typeof running>> & Record<string, string>

it.each<{ what: string; tag: string; deed: (at: Running) => ReturnType<typeof api>; is: number }>([
  {
    what: 'its target is deleted',
    tag: 'attic',
    deed: ({ target }) => api('DELETE', `/machines/${target}`),
    is: 200,
  },
  {
    what: 'somebody wants to delete its environment',
    tag: 'cellar',
    deed: ({ environment }) => api('DELETE', `/environments/${environment}`),
    is: 409,
  },
  {
    what: 'somebody wants to delete its project',
    tag: 'porch',
    deed: ({ project }) => api('DELETE', `/projects/${project}`),
    is: 409,
  },
])('a step goes on to its end when $what meanwhile', async ({ tag, deed, is }) => {
  const at = (await running(tag)) as Running
  const answered = await deed(at)
  const log = records('done')
  expect((await at.runner.claim(at.work)).body).toEqual(at.granted.body)
  expect((await at.runner.log(at.work, 0, log)).status).toBe(200)
  expect((await at.runner.complete(at.work, log)).status).toBe(200)
  expect((await engine.end(at.deployment)).state).toBe('Success')
  expect(answered.status, JSON.stringify(answered.body)).toBe(is)
})
