import { ensure, type Fault } from '../fault.ts'
import { kindOf } from '../world/runner-messages.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F20',
  title: 'connection cut after k bytes of a log request, k swept',
  by: 'proxy',
  isQuick: true,
  run: async context => {
    const names = context.isQuick ? ['web-1'] : ['web-1', 'web-2', 'web-3']
    const world = await context.world({ runners: names })
    const wanted = context.rounds(60, 4)
    let cuts = 0
    let uploads = 0
    world.link.rule = passage => {
      if (kindOf(passage) !== 'log' || passage.body.length === 0) return undefined
      // Every other one gets through, so that there is always a beginning to be cut in.
      if (uploads++ % 2 === 1 || cuts >= wanted) return undefined
      const whole = passage.body.length + 300
      const bytes = cuts % 3 === 0 ? cuts : Math.floor((whole * cuts) / wanted)
      cuts++
      return { type: 'cut', bytes }
    }
    await world.project('Shop', [{ body: lines(context.rounds(900, 250), 0.02) }])
    for (let round = 0; cuts < wanted && round < 10; round++) {
      const task = await world.end(await world.deploy('Shop'), 120_000)
      ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    }
    context.figure('requests cut', cuts, 'requests')
    ensure(cuts >= wanted, `only ${cuts} of ${wanted} could be cut`)
  },
}
