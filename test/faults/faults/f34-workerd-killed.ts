import { setTimeout as delay } from 'node:timers/promises'
import { startCron } from '../../../worker/local/cron.ts'
import { type Context, ensure, type Fault } from '../fault.ts'
import { percentile } from '../world/percentile.ts'
import { until } from '../world/processes.ts'
import { lines } from '../world/step.ts'
import type { Deployed, World } from '../world/world.ts'

const UNDER_FIRE_MS = 240_000
const SERVING_P95_MS = 2_000

export const fault: Fault = {
  id: 'F34',
  title: 'workerd killed at random moments',
  by: 'signals',
  isQuick: true,
  isAlone: true,
  minutes: 10,
  run: async context => {
    const names = context.isQuick ? ['web-1'] : ['web-1', 'web-2', 'web-3']
    const world = await context.world({ runners: names })
    for (const name of names)
      await world.project(name, [
        { body: lines(60, 0.02), tags: `on-${name}` },
        { name: 'More', body: lines(200), tags: `on-${name}` },
      ])
    world.harm()
    const stop = { asked: false }
    const endSchedule = startCron(
      () => world.server.internal('/internal/scheduled', {}),
      () => undefined,
    )
    const loops = Promise.all(names.map(name => keepDeploying(world, name, stop)))
    // When the kills end in a failure, that is what is told.
    loops.catch(() => undefined)
    const away = await killAgainAndAgain(context, world).finally(() => {
      stop.asked = true
    })
    const done = (await loops.finally(endSchedule)).flat()
    world.harmEnds()
    for (const deployed of done) {
      const task = await world.end(deployed, 90_000)
      ensure(task.State === 'Success', `${deployed.id} ended ${task.State}: ${task.ErrorMessage}`)
    }
    context.figure('kills', away.length, 'kills')
    context.figure('deployments meanwhile', done.length, 'deployments')
    context.figure('serving again, median', percentile(away, 50), 'ms')
    context.figure('serving again, p95', percentile(away, 95), 'ms')
    const p95 = percentile(away, 95)
    ensure(p95 <= SERVING_P95_MS, `serving again took ${p95} ms at p95`)
  },
}

const killAgainAndAgain = async (context: Context, world: World): Promise<number[]> => {
  const away: number[] = []
  const rounds = context.rounds(100, 4)
  for (let round = 0; round < rounds; round++) {
    await delay(context.random() * 1_200)
    const from = performance.now()
    await world.server.killWorker()
    await until('it serves again', () => world.server.isServing(), 30_000, 20)
    away.push(Math.round(performance.now() - from))
  }
  return away
}

const keepDeploying = async (
  world: World,
  project: string,
  stop: { asked: boolean },
): Promise<Deployed[]> => {
  const done: Deployed[] = []
  while (!stop.asked) {
    const { deployed } = await world.create(project)
    if (!deployed) {
      await delay(200)
      continue
    }
    done.push(deployed)
    // One that is lost at its very begin is found by the schedule, if that is not killed with it.
    await world.end(deployed, UNDER_FIRE_MS)
  }
  return done
}
