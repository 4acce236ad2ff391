import { ensure, type Fault } from '../fault.ts'
import { kindOf } from '../world/runner-messages.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F22',
  title: 'every request delivered 2 to 5 times',
  by: 'proxy',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    let repeated = 0
    world.link.rule = passage => {
      const kind = kindOf(passage)
      repeated++
      const times = context.between(2, 6)
      if (kind === 'poll') return { type: 'repeat', times: 2, counts: 'latest' }
      const isLast = ['claim', 'log', 'complete'].includes(kind) && context.random() < 0.5
      return { type: 'repeat', times, counts: isLast ? 'last' : 'first' }
    }
    await world.project('Shop', [
      { name: 'First', body: lines(80, 0.02) },
      { name: 'Second', body: lines(20) },
    ])
    const rounds = context.rounds(10, 2)
    for (let round = 0; round < rounds; round++) {
      if (round === 1) {
        await world.runner().kill()
        await world.runner().start()
      }
      const key = `round-${round}`
      const answers = await Promise.all(
        Array.from({ length: context.between(2, 6) }, () => world.create('Shop', { key })),
      )
      const [deployed] = answers.flatMap(answer => answer.deployed ?? [])
      ensure(deployed, `no create was accepted: ${answers.map(({ text }) => text)}`)
      const task = await world.end(deployed)
      ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    }
    context.figure('requests repeated', repeated, 'requests')
  },
}
