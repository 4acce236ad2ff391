import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { signal, until } from '../world/processes.ts'
import { lines } from '../world/step.ts'

const HOUR = 3_600_000
const ASLEEP_MS = 15_000

export const fault: Fault = {
  id: 'F31',
  title: 'server’s clock an hour ahead at once, and the server asleep for longer than a lease',
  by: 'clock, signals, times at a tenth',
  isAlone: true,
  minutes: 6,
  run: async context => {
    const names = ['web-1', 'web-2', 'web-3', 'web-4']
    const world = await context.world({ times: 'tenth', runners: names })
    const seconds = context.rounds(110, 45)
    const running = []
    for (const name of names) {
      // Two that print, two that are silent: only their renewals speak for them.
      const body = name < 'web-3' ? lines(seconds * 10, 0.1) : `say; sleep ${seconds}; say`
      await world.project(name, [{ body, tags: `on-${name}` }])
      running.push(await world.deploy(name))
    }
    for (const deployed of running) await world.logged(deployed, /line \S+ 1 /)
    const jumps = context.rounds(10, 3)
    for (let jump = 1; jump <= jumps; jump++) {
      await delay(2_000 + context.random() * 3_000)
      await world.server.shiftClock(jump * HOUR)
    }
    await delay(8_000)
    for (const deployed of running) {
      const log = await world.log(deployed)
      ensure(
        !/No word from/.test(log),
        `a jump of the clock took a lease away:\n${log.slice(-800)}`,
      )
    }
    const workerd = await world.server.workerPid()
    world.harm()
    signal(workerd, 'SIGSTOP')
    await delay(ASLEEP_MS)
    signal(workerd, 'SIGCONT')
    await until('it serves', () => world.server.isServing(), 20_000)
    world.harmEnds()
    await delay(3_000)
    const lapsed = []
    for (const deployed of running)
      if (/No word from/.test(await world.log(deployed))) lapsed.push(deployed.id)
    context.figure('jumps of an hour', jumps, 'jumps')
    context.figure('unreachable after the sleep', lapsed.length, 'of 4')
    ensure(lapsed.length === 0, `${lapsed.length} of 4 were called unreachable after the sleep`)
    for (const deployed of running) {
      const task = await world.end(deployed, 120_000)
      ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    }
  },
}
