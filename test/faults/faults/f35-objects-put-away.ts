import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { deploymentIn, kindOf } from '../world/runner-messages.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F35',
  title: 'objects put away in the middle of a step, a poll, a claim and a completion',
  by: 'eviction',
  isQuick: true,
  minutes: 6,
  run: async context => {
    const world = await context.world({ runners: ['web-1', 'web-2'] })
    const { server } = world
    let aborted = 0
    const abort = async (kind: 'deployment' | 'hub', name: string) => {
      aborted++
      await server.abortObject(kind, name)
    }
    await world.project('Shop', [{ body: lines(100, 0.02) }, { name: 'More', body: lines(50) }])
    const rounds = context.rounds(12, 3)
    world.harm()
    for (let round = 0; round < rounds; round++) {
      // A message is on its way to the object, or its answer is on its way back, when it goes.
      const kind = (['claim', 'log', 'complete', 'poll'] as const)[round % 4]
      let isDone = false
      const once = async (path: string) => {
        if (isDone) return
        isDone = true
        if (kind === 'poll') await abort('hub', 'Spaces-1')
        else await abort('deployment', deploymentIn({ path }))
      }
      if (round % 2 === 0)
        world.link.rule = passage => {
          if (kindOf(passage) === kind) void delay(2).then(() => once(passage.path))
          return undefined
        }
      else
        world.link.watch = async passage => {
          if (kindOf(passage) === kind) await once(passage.path)
        }
      const deployed = await world.deploy('Shop')
      await world.logged(deployed, /line \S+ 5 /)
      await delay(context.random() * 500)
      await abort('deployment', deployed.id)
      await abort('hub', 'Spaces-1')
      const task = await world.end(deployed, 90_000)
      world.link.heal()
      ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    }
    world.harmEnds()
    context.figure('objects put away', aborted, 'times')
  },
}
