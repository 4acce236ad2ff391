import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

/** Three minutes, with times at a tenth. */
const PAUSE_MS = 18_000

export const fault: Fault = {
  id: 'F32',
  title: 'runner stopped for three minutes, its lease lapses, and it goes on',
  by: 'signals, times at a tenth',
  isPatient: true,
  minutes: 5,
  run: async context => {
    const world = await context.world({ times: 'tenth', runners: ['web-1', 'web-2'] })
    const long = await world.run(lines(1_000, 0.03), { tags: 'on-web-1' })
    const short = await world.run(`${lines(100, 0.02)}; finish 4`, { tags: 'on-web-2' })
    await world.logged(long, /line \S+ 20 /)
    await world.logged(short, /line \S+ 20 /)
    for (const runner of world.runners.values()) runner.pause()
    await delay(PAUSE_MS)
    for (const deployed of [long, short])
      ensure(
        /No word from/.test(await world.log(deployed)),
        `${deployed.id}: its lease never lapsed`,
      )
    for (const runner of world.runners.values()) runner.resume()
    // One goes on; the other had ended meanwhile, and its result comes late but in time.
    const [first, second] = [await world.end(long), await world.end(short)]
    ensure(first.State === 'Success', `the long one ended ${first.State}: ${first.ErrorMessage}`)
    ensure(second.State === 'Failed', `the short one ended ${second.State}`)
    ensure(/exit code 4|\b4\b/.test(second.ErrorMessage), second.ErrorMessage)
    context.figure('pause', PAUSE_MS * 10, 'ms of real times')
  },
}
