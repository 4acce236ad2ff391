import { ensure, type Fault } from '../fault.ts'
import { parentOf, signal, until } from '../world/processes.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F02',
  title: 'supervisor killed while its step runs',
  by: 'signals',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const rounds = context.rounds(5, 1)
    for (let round = 0; round < rounds; round++) {
      const deployed = await world.run(`sleep 300 & ${lines(1_000, 0.02)}`)
      await world.logged(deployed, new RegExp(`line \\S+ ${context.between(1, 40)} `))
      const supervisor = await workingSupervisor(runner)
      signal(supervisor, 'SIGKILL')
      const task = await world.end(deployed)
      ensure(task.State !== 'Success', `${deployed.id} is a success though nobody knows its end`)
      await until('the leftovers are killed', () => runner.stepProcesses().length === 0, 10_000)
      const log = await world.log(deployed)
      ensure(/supervisor-lost|unknown/i.test(log + task.ErrorMessage), `nothing says why: ${log}`)
      const starts = world.entries().filter(({ attempt }) => attempt.startsWith(`${deployed.id}_`))
      ensure(starts.length === 1, `it was run again: ${JSON.stringify(starts)}`)
    }
    context.figure('supervisors lost', rounds, 'times')
  },
}

/** The one whose children carry the step. */
export const workingSupervisor = async (runner: {
  supervisors: () => number[]
  stepProcesses: () => { pid: number }[]
}): Promise<number> =>
  until('a supervisor works', () => {
    const working = new Set(runner.stepProcesses().map(({ pid }) => parentOf(pid)))
    return runner.supervisors().find(pid => working.has(pid))
  })
