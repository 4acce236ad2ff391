import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { until } from '../world/processes.ts'
import { lines } from '../world/step.ts'

const DRAINED_MS = 10_000

export const fault: Fault = {
  id: 'F39',
  title: 'database not to be reached for a minute',
  by: 'proxy',
  isPatient: true,
  minutes: 5,
  run: async context => {
    const world = await context.world({ runners: ['web-1', 'web-2'] })
    const { database } = world.server
    await world.project('Shop', [
      { body: lines(300, 0.02), tags: 'on-web-1' },
      { name: 'More', body: lines(100), tags: 'on-web-1' },
    ])
    await world.project('Blog', [{ body: lines(10), tags: 'on-web-2' }])
    const running = await world.deploy('Shop')
    await world.logged(running, /line \S+ 10 /)
    world.harm()
    database.rule = () => ({ type: 'lose' })
    const from = Date.now()
    await delay(2_000)
    const refused = await world.api.send('POST', '/api/Spaces-1/deployments/create/untenanted/v1', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ProjectName: 'Blog',
        ReleaseVersion: '1.0.0',
        EnvironmentNames: ['Production'],
      }),
    })
    const retryAfter = refused.headers.get('retry-after')
    await until('the running one ends on its target', () => {
      const ends = world.entries().filter(({ kind }) => kind === 'END')
      return ends.filter(({ attempt }) => attempt.startsWith(`${running.id}_`)).length === 2
    })
    await delay(Math.max(0, context.rounds(60_000, 15_000) - (Date.now() - from)))
    database.heal()
    const healed = Date.now()
    const drained = async () => {
      const rows = await world.query(`SELECT state FROM tasks WHERE id = '${running.task}'`)
      return rows[0]?.state === 'Success'
    }
    await until('its end is told', drained, 90_000)
    const took = Date.now() - healed
    world.harmEnds()
    context.figure('the outbox is empty after', took, 'ms')
    ensure(refused.status === 503, `a create was answered ${refused.status}, not 503`)
    ensure(retryAfter, 'a create was refused without Retry-After')
    ensure(took <= DRAINED_MS, `the outbox took ${took} ms to drain`)
    const next = await world.end(await world.deploy('Blog'))
    ensure(next.State === 'Success', `the next one ended ${next.State}`)
  },
}
