import { ensure, type Fault } from '../fault.ts'
import { until } from '../world/processes.ts'

const GRACE_MS = 10_000

export const fault: Fault = {
  id: 'F08',
  title: 'a step that ignores SIGTERM is cancelled',
  by: 'script',
  isQuick: true,
  isPatient: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const deployed = await world.run("trap '' TERM INT HUP; say; while :; do sleep 0.2; done")
    await world.logged(deployed, /line \S+ 1 /)
    const asked = Date.now()
    await world.cancel(deployed)
    await until('the step is killed', () => runner.stepProcesses().length === 0, 20_000, 20)
    const took = Date.now() - asked
    context.figure('from the cancellation to SIGKILL', took, 'ms')
    ensure(took >= GRACE_MS - 1_000, `it was killed after ${took} ms: before its grace was over`)
    ensure(took <= GRACE_MS + 2_000, `it was killed after ${took} ms, long after its grace`)
    const task = await world.end(deployed)
    ensure(task.State === 'Canceled', `it ended ${task.State}`)
  },
}
