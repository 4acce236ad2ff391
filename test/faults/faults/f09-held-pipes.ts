import { ensure, type Fault } from '../fault.ts'

export const fault: Fault = {
  id: 'F09',
  title: 'a double-forked child of its own session keeps the step’s output open',
  by: 'script',
  isQuick: true,
  isAlone: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const child = "(setsid bash -c 'while :; do echo still here; sleep 0.5; done' &) "
    const deployed = await world.run(`${child}\nsay`)
    const task = await world.end(deployed)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const end = world.entries().find(({ kind }) => kind === 'END')
    const took = Date.parse(task.CompletedTime) - (end?.at ?? 0)
    context.figure('from the end of the main process to completion', took, 'ms')
    ensure(took <= 6_500, `it took ${took} ms`)
    ensure(runner.stepProcesses().length === 0, 'the child is still there')
    const log = await world.log(deployed)
    ensure(/left|kill|outliv/i.test(log), `the log does not tell of the child:\n${log}`)
  },
}
