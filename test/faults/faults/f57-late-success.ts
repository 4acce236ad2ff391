import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { answer, question } from '../world/interruptions.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F57',
  title: 'a lease lapses, the outcome is unknown, a person runs it again, the old success arrives',
  by: 'proxy, times at a tenth',
  isPatient: true,
  run: async context => {
    const world = await context.world({ times: 'tenth' })
    world.allow(
      'I14',
      '^POST \\S+/claim answered 503$',
      'the second attempt is held back until its runner has said what became of the first',
    )
    const deployed = await world.run(lines(100, 0.02))
    await world.logged(deployed, /line \S+ 5 /)
    world.link.isBlackHole = true
    const asked = await question(world, deployed, 120_000)
    ensure(asked, 'nobody is asked')
    await answer(world, asked, 'RunAgain')
    await delay(3_000)
    const early = world.entries().filter(({ kind }) => kind === 'START').length
    ensure(early === 1, `${early} starts while the old one may still run`)
    world.link.heal()
    const task = await world.end(deployed, 90_000)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const starts = world.entries().filter(({ kind }) => kind === 'START')
    context.figure('starts', starts.length, 'starts')
    ensure(starts.length === 2, `${starts.length} starts`)
  },
}
