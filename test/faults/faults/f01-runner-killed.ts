import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

/** The longest the daemon stays away, in milliseconds; its step goes on all the while. */
const AWAY_MS = 3_000

export const fault: Fault = {
  id: 'F01',
  title: 'runner daemon killed at a random log offset and started again',
  by: 'signals',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const rounds = context.rounds(8, 2)
    for (let round = 0; round < rounds; round++) {
      const exit = round % 2 === 0 ? 0 : 7
      const deployed = await world.run(`${lines(150, 0.01)}; finish ${exit}`)
      const line = context.between(1, 90)
      await world.logged(deployed, new RegExp(`line \\S+ ${line} `))
      await runner.kill()
      const away = context.random() * (context.isQuick ? 500 : AWAY_MS)
      await delay(round === 1 && !context.isQuick ? 30_000 : away)
      await runner.start()
      const task = await world.end(deployed)
      const wanted = exit === 0 ? 'Success' : 'Failed'
      ensure(task.State === wanted, `${deployed.id} ended ${task.State}, not ${wanted}`)
      const ends = world.entries().filter(({ attempt }) => attempt.startsWith(`${deployed.id}_`))
      ensure(ends.length === 2, `the step was disturbed: ${JSON.stringify(ends)}`)
    }
    context.figure('kills', rounds, 'kills')
  },
}
