import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F49',
  title: 'two projects with overlapping sets of targets, deployed together',
  by: 'client',
  isQuick: true,
  run: async context => {
    const world = await context.world({ runners: [] })
    await world.addRunner('web-1', { tags: ['shop'] })
    await world.addRunner('web-2', { tags: ['shop', 'blog'] })
    await world.addRunner('web-3', { tags: ['blog'] })
    for (const name of ['Shop', 'Blog'])
      await world.project(name, [
        { name: 'First', body: lines(3), tags: name.toLowerCase() },
        { name: 'Second', body: lines(3), tags: name.toLowerCase() },
      ])
    const rounds = context.rounds(200, 3)
    for (let round = 0; round < rounds; round++) {
      const names = context.random() < 0.5 ? ['Shop', 'Blog'] : ['Blog', 'Shop']
      const both = await Promise.all(names.map(name => world.deploy(name)))
      for (const deployed of both) {
        const task = await world.end(deployed)
        ensure(task.State === 'Success', `${deployed.id} ended ${task.State}: ${task.ErrorMessage}`)
      }
    }
    context.figure('rounds', rounds, 'rounds')
  },
}
