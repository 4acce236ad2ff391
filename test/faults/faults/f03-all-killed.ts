import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F03',
  title: 'daemon, supervisor and step killed together, as for want of memory',
  by: 'signals',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const rounds = context.rounds(5, 1)
    for (let round = 0; round < rounds; round++) {
      const deployed = await world.run(lines(1_000, 0.02))
      const line = context.between(2, 40)
      await world.logged(deployed, new RegExp(`line \\S+ ${line} `))
      await runner.killAll()
      await delay(context.random() * 1_000)
      await runner.start()
      const task = await world.end(deployed)
      ensure(task.State !== 'Success', `${deployed.id} is a success though nobody knows its end`)
      const log = await world.log(deployed)
      ensure(/supervisor-lost|unknown/i.test(log + task.ErrorMessage), `nothing says why: ${log}`)
      ensure(new RegExp(`line \\S+ ${line} `).test(log), 'the log lost what it had')
    }
    context.figure('hosts run out of memory', rounds, 'times')
  },
}
