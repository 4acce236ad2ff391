import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { Fleet } from '../world/fleet.ts'
import { perSecond, sum } from '../world/rates.ts'
import { gate, lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F28',
  title: 'the server answers 503 for a minute',
  by: 'proxy',
  isAlone: true,
  minutes: 6,
  run: async context => {
    const world = await context.world({ runners: ['web-1', 'web-2'] })
    const count = context.rounds(100, 20)
    const fleet = await Fleet.start(context, world, count, world.link.url)
    const running = await world.run(
      `${lines(200, 0.02)}; ${gate(world.file('gate'))}; ${lines(50)}`,
    )
    await world.logged(running, /line \S+ 20 /)
    world.harm()
    const from = Date.now()
    const arrived = world.link.arrivals.length
    // The polls that are held end with the first answers.
    world.link.rule = () => ({
      type: 'answer',
      status: 503,
      body: '{"error":"unavailable","message":"down"}',
    })
    world.link.breakAll()
    await delay(context.rounds(60_000, 20_000))
    const to = Date.now()
    const rates = perSecond(world.link.arrivals.slice(arrived), from, to)
    world.link.heal()
    world.harmEnds()
    const first = sum(rates.slice(0, 5)) / 5
    const rest = rates.slice(10)
    const mean = sum(rest) / rest.length
    const busiest = Math.max(...rest)
    context.figure('requests a second and runner, the first 5 s', first / (count + 2), 'per s')
    context.figure('requests a second and runner, after 10 s', mean / (count + 2), 'per s')
    context.figure('the busiest second against the mean', busiest / mean, 'times')
    ensure(mean < first / 2, `the rate does not decay: ${first} a second, then ${mean}`)
    ensure(busiest <= 3 * mean, `${busiest} in one second, ${mean} on average`)
    await fleet.back(to, 30_000)
    world.open('gate')
    const task = await world.end(running, 120_000)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    fleet.stop()
  },
}
