import { setTimeout as delay } from 'node:timers/promises'
import { MAX_QUERIES } from '../../../worker/database/pressure.ts'
import { ensure, type Fault } from '../fault.ts'
import { percentile } from '../world/percentile.ts'
import { memoryOf } from '../world/processes.ts'
import { lines } from '../world/step.ts'

const SLOW_MS = 2_000
const AT_ONCE = 400
const SHOWN_MS = 1_500
/** Of objects: they ask beside the requests, and are few. */
const OTHERS = 20
const GROWTH_BYTES = 150 * 1024 * 1024

export const fault: Fault = {
  id: 'F40',
  title: 'database takes two seconds for each query',
  by: 'proxy',
  isAlone: true,
  run: async context => {
    const world = await context.world()
    const { database } = world.server
    const running = await world.run(lines(1_000, 0.03))
    await world.logged(running, /line \S+ 10 /)
    const workerd = await world.server.workerPid()
    const before = memoryOf(workerd)
    world.harm()
    let waiting = 0
    let most = 0
    database.rule = async () => {
      most = Math.max(most, ++waiting)
      await delay(SLOW_MS)
      waiting--
      return undefined
    }
    const asks = Array.from({ length: context.rounds(AT_ONCE, 80) }, async (_, index) => {
      // The second half comes when it has shown how slow it is.
      if (index >= AT_ONCE / 2) await delay(SHOWN_MS)
      const from = performance.now()
      const response = await world.api.send('GET', '/api/Spaces-1/projects?take=10')
      await response.body?.cancel()
      const retryAfter = response.headers.get('retry-after')
      return { status: response.status, retryAfter, took: performance.now() - from }
    })
    const answers = await Promise.all(asks)
    const grew = memoryOf(workerd) - before
    database.heal()
    world.harmEnds()
    const statuses = Object.entries(Object.groupBy(answers, ({ status }) => String(status)))
    for (const [status, those] of statuses)
      context.figure(`answered ${status}`, those?.length ?? 0, 'requests')
    const took = answers.map(each => each.took)
    context.figure('answered within, p95', percentile(took, 95), 'ms')
    context.figure('queries at once, at most', most, 'queries')
    context.figure('workerd grew by', Math.round(grew / 1024 / 1024), 'MB')
    ensure(
      statuses.every(([status]) => status === '200' || status === '503'),
      `answered ${statuses.map(([status]) => status)}`,
    )
    const refused = answers.filter(({ status }) => status === 503)
    ensure(
      refused.every(({ retryAfter }) => retryAfter !== null),
      'a request was refused without Retry-After',
    )
    ensure(context.isQuick || refused.length > 0, 'nothing was refused, however many waited')
    ensure(most <= MAX_QUERIES + OTHERS, `${most} queries waited at once`)
    ensure(grew < GROWTH_BYTES, `workerd grew by ${Math.round(grew / 1024 / 1024)} MB`)
    ensure(percentile(took, 100) < 60_000, 'some waited for more than a minute')
    const task = await world.end(running)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
  },
}
