import { ensure, type Fault } from '../fault.ts'
import { deploymentIn, kindOf } from '../world/runner-messages.ts'
import { lines } from '../world/step.ts'

const KINDS = ['poll', 'claim', 'log', 'complete'] as const

export const fault: Fault = {
  id: 'F21',
  title: 'what the runner said was committed, the answer is lost: offer, claim, log, complete',
  by: 'proxy',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    await world.project('Shop', [{ body: lines(60, 0.02) }])
    const rounds = context.rounds(5, 1)
    for (const kind of KINDS)
      for (let round = 0; round < rounds; round++) {
        let lost = 0
        // The second round loses the answer to the first repetition as well.
        const times = (round % 2) + 1
        world.link.watch = (passage, answer) => {
          if (kindOf(passage) !== kind || lost >= times || answer.status !== 200) return true
          if (kind === 'poll' && !answer.body.includes('"attempt"')) return true
          if (kind !== 'poll' && !deploymentIn(passage)) return true
          lost++
          return false
        }
        const deployed = await world.deploy('Shop')
        const task = await world.end(deployed)
        world.link.heal()
        ensure(lost > 0, `no answer to a ${kind} could be lost`)
        ensure(task.State === 'Success', `after a lost ${kind} it ended ${task.State}`)
      }
    context.figure('answers lost', rounds * KINDS.length, 'rounds')
  },
}
