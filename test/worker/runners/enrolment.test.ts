import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { auditRoutes } from '../../../worker/audit/api.ts'
import { infrastructureRoutes } from '../../../worker/infrastructure/api.ts'
import { infrastructurePages } from '../../../worker/infrastructure/portal.tsx'
import { lifecycleRoutes } from '../../../worker/lifecycles/api.ts'
import { runnerRoutes } from '../../../worker/runners/api.ts'
import { type Answer, type TestServer, testServer } from '../../support/server.ts'
import { FACTS } from './scripted-runner.ts'

let server: TestServer
beforeAll(async () => {
  server = await testServer([
    ...accessRoutes,
    ...auditRoutes,
    ...infrastructureRoutes,
    ...infrastructurePages,
    ...lifecycleRoutes,
    ...runnerRoutes,
  ])
  for (const Name of ['Staging', 'Production'])
    await server.json('POST', '/api/environments', { body: { Name } })
})
afterAll(() => server?.stop())

const tokenFor = async (Name: string): Promise<Answer> =>
  server.json('POST', '/api/Spaces-1/runners/enrolment-tokens', {
    body: { Name, EnvironmentIds: ['Staging'], Roles: ['web'], LifetimeMinutes: 1 },
  })
/** Each with a key of its own. */
let keys = 0
const enrol = async (token: string, more: object = {}) => {
  const publicKey = Buffer.alloc(32, ++keys).toString('base64url')
  const response = await server.send('POST', '/runner/v1/enrolments', {
    key: null,
    body: { token, publicKey, facts: FACTS, ...more },
  })
  return { status: response.status, body: await response.text() }
}
const runners = async () => Number((await server.rows('SELECT count(*) AS n FROM runners'))[0]?.n)

describe('a token with which a runner joins', () => {
  it('lets one of fifty in that use it at the same time', async () => {
    const { Token } = await tokenFor('web-1')
    const before = await runners()
    const answers = await Promise.all(Array.from({ length: 50 }, () => enrol(Token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(49)
    expect(await runners()).toBe(before + 1)
    const [row] = await server.rows("SELECT count(*) AS n FROM targets WHERE name = 'web-1'")
    expect(row?.n).toBe(1)
  })

  it('is worth nothing once its time is over, to the millisecond', async () => {
    const { Token } = await tokenFor('web-2')
    const before = await runners()
    await server.rows(
      'UPDATE enrolment_tokens SET expires_at = ? WHERE used_at IS NULL',
      Date.now(),
    )
    expect(await enrol(Token)).toMatchObject({
      status: 403,
      body: expect.stringContaining('has expired'),
    })
    expect(await runners()).toBe(before)
  })

  it('cannot be guessed from another one, nor written in another way', async () => {
    const { Token } = await tokenFor('web-3')
    const before = await runners()
    const wrong = [
      ...Array.from({ length: 20 }, (_, at) => {
        const place = Token.length - 1 - at
        return Token.slice(0, place) + (Token[place] === 'A' ? 'B' : 'A') + Token.slice(place + 1)
      }),
      Token.toUpperCase(),
      Token.slice(0, -1),
      `${Token}=`,
      `${Token}\0`,
      ` ${Token}`,
      `${Token}%00`,
      "' OR 1=1 --",
      '',
    ]
    for (const token of wrong) expect([token, (await enrol(token)).status]).not.toContain(200)
    expect(await runners()).toBe(before)
    expect((await enrol(Token)).status).toBe(200)
  })

  it('leads to its own place, whatever the newcomer asks for', async () => {
    const { Token } = await tokenFor('web-4')
    const asked = {
      name: 'other',
      spaceId: 'Spaces-2',
      SpaceId: 'Spaces-2',
      environmentIds: ['Environments-2'],
      roles: ['admin'],
      workerPoolIds: ['WorkerPools-1'],
      replaces: true,
    }
    expect((await enrol(Token, asked)).status).toBe(200)
    const [found] = await server.rows(
      `SELECT t.name, t.space_id, group_concat(DISTINCT e.name) AS environments, group_concat(DISTINCT g.tag) AS tags
        FROM runners AS r JOIN targets AS t ON t.runner_id = r.id
        JOIN target_environments AS te ON te.target_id = t.id
        JOIN environments AS e ON e.id = te.environment_id
        JOIN target_tags AS g ON g.target_id = t.id
        WHERE r.id = (SELECT runner_id FROM enrolment_tokens ORDER BY rowid DESC LIMIT 1)`,
    )
    expect(found).toEqual({
      name: 'web-4',
      space_id: 'Spaces-1',
      environments: 'Staging',
      tags: 'web',
    })
    expect(await server.rows('SELECT * FROM workers')).toEqual([])
  })

  it('is read nowhere afterwards', async () => {
    const { Token } = await tokenFor('web-5')
    expect((await enrol(Token)).status).toBe(200)
    const shown = [
      '/api/Spaces-1/events?take=1000',
      '/api/Spaces-1/machines/all',
      '/api/Spaces-1/workers/all',
      '/infrastructure/targets',
    ]
    for (const path of shown) {
      const response = await server.send('GET', path)
      expect([path, response.status]).toEqual([path, 200])
      expect(await response.text()).not.toContain(Token)
    }
    for (const { name } of await server.rows("SELECT name FROM sqlite_master WHERE type = 'table'"))
      expect(JSON.stringify(await server.rows(`SELECT * FROM "${name}"`))).not.toContain(Token)
  })
})
