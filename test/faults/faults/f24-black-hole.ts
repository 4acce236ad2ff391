import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

/** Five minutes, with times at a tenth. */
const BLACK_MS = 30_000

export const fault: Fault = {
  id: 'F24',
  title: 'five minutes without a word in either direction and without a reset, then healed',
  by: 'proxy, times at a tenth',
  isPatient: true,
  run: async context => {
    const world = await context.world({ times: 'tenth', runners: ['web-1', 'web-2'] })
    const deployed = await world.run(lines(1_100, 0.03))
    await world.logged(deployed, /line \S+ 20 /)
    world.link.isBlackHole = true
    const offered = await world.run('say', { name: 'Offered' })
    await delay(BLACK_MS)
    const during = await world.log(deployed)
    ensure(/No word from web-1/.test(during), `it was not seen as unreachable:\n${during}`)
    world.link.heal()
    const task = await world.end(deployed)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    ensure(!/Unknown/i.test(task.ErrorMessage), task.ErrorMessage)
    await world.end(offered)
    context.figure('silence', BLACK_MS * 10, 'ms of real times')
  },
}
