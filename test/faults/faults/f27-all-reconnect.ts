import { ensure, type Fault } from '../fault.ts'
import { Fleet } from '../world/fleet.ts'
import { memoryOf } from '../world/processes.ts'
import { perSecond } from '../world/rates.ts'
import { gate, lines } from '../world/step.ts'

const BACK_MS = 15_000
const PEAK = 1_000

export const fault: Fault = {
  id: 'F27',
  title: '500 runners reconnect after the server was killed',
  by: 'signals',
  isAlone: true,
  minutes: 6,
  run: async context => {
    const world = await context.world({ runners: ['web-1', 'web-2'] })
    const count = context.rounds(498, 60)
    const fleet = await Fleet.start(context, world, count)
    const workerd = await world.server.workerPid()
    const megabytes = Math.round(memoryOf(workerd) / 1024 / 1024)
    context.figure('workerd with all of them idle', megabytes, 'MB')
    const running = await world.run(
      `${lines(200, 0.02)}; ${gate(world.file('gate'))}; ${lines(50)}`,
    )
    await world.logged(running, /line \S+ 20 /)
    world.harm()
    const from = Date.now()
    await world.server.killWorker()
    const took = (await fleet.back(from)) - from
    world.harmEnds()
    const peak = Math.max(...perSecond(fleet.messages, from, Date.now()))
    context.figure('runners', count + 2, 'runners')
    context.figure('all back after', took, 'ms')
    context.figure('requests in the busiest second', peak, 'requests')
    ensure(took <= BACK_MS, `it took ${took} ms until all were back`)
    ensure(peak <= PEAK, `${peak} requests in one second`)
    world.open('gate')
    const task = await world.end(running, 90_000)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const unavailable = await world.query(
      "SELECT count(*) AS many FROM targets WHERE health_status = 'Unavailable'",
    )
    ensure(Number(unavailable[0].many) === 0, `${unavailable[0].many} are shown as unavailable`)
    fleet.stop()
  },
}
