import { ensure, type Fault } from '../fault.ts'
import { until } from '../world/processes.ts'
import { Runner } from '../world/runner.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F55',
  title: 'another machine registers under an existing name in the middle of a step',
  by: 'client',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const deployed = await world.run(lines(300, 0.02))
    await world.logged(deployed, /line \S+ 10 /)
    const second = await Runner.enrol({
      name: 'web-1',
      program: world.build.runner,
      server: world.link.url,
      token: await world.token('web-1'),
    })
    world.runners.set('web-1 again', second)
    await second.start(false)
    const task = await world.end(deployed)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const rows = await until('it waits for approval', async () => {
      const found = await world.query('SELECT id FROM runners WHERE pending_target_id IS NOT NULL')
      return found.length > 0 && found
    })
    ensure(rows.length === 1, `${rows.length} runners wait for approval`)
    ensure(second.stepProcesses().length === 0, 'the new one was given work')
    const next = await world.run('say')
    const ended = await world.end(next)
    ensure(ended.State === 'Success', `the next one ended ${ended.State}: ${ended.ErrorMessage}`)
    ensure(second.spools().length === 0, 'the new one carried the next one out')
  },
}
