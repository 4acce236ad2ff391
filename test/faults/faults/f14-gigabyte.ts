import { setTimeout as delay } from 'node:timers/promises'
import { linesIn } from '../checker/lines.ts'
import { ensure, type Fault } from '../fault.ts'
import { memoryOf } from '../world/processes.ts'

const GIGABYTE_LINES = 22_000_000
const RUNNER_BYTES = 150 * 1024 * 1024
const GROWTH_BYTES = 100 * 1024 * 1024

export const fault: Fault = {
  id: 'F14',
  title: 'a step that prints a gigabyte',
  by: 'script',
  isAlone: true,
  minutes: 12,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const count = context.rounds(GIGABYTE_LINES, 4_000_000)
    const print = `awk -v a="$A" 'BEGIN { for (i = 1; i <= ${count}; i++) printf "line %s %d %.0f\\n", a, i, (i * 2654435 + 97) % 4294967296 }'; n=${count}`
    const workerd = await world.server.workerPid()
    await world.end(await world.run('say'))
    const before = memoryOf(workerd)
    let daemon = 0
    let supervisor = 0
    const samples: { at: number; bytes: number }[] = []
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        daemon = Math.max(daemon, memoryOf(runner.pid))
        supervisor = Math.max(supervisor, ...runner.supervisors().map(memoryOf))
        samples.push({ at: Date.now(), bytes: memoryOf(workerd) })
        await delay(200)
      }
    })()
    const deployed = await world.run(`${print}; finish 3`)
    const task = await world.end(deployed, 1_200_000).finally(() => (isOver = true))
    await watching
    const told = world.tap.messages.find(
      ({ kind, attempt }) => kind === 'complete' && attempt?.startsWith(`${deployed.id}_`),
    )
    const most = (of: typeof samples) => Math.max(before, ...of.map(({ bytes }) => bytes))
    const whileSent = most(samples.filter(({ at }) => at < (told?.at ?? 0)))
    const server = most(samples)
    const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024)
    context.figure('daemon at most', megabytes(daemon), 'MB')
    context.figure('supervisor at most', megabytes(supervisor), 'MB')
    context.figure('workerd grew while the log came by', megabytes(whileSent - before), 'MB')
    context.figure('workerd grew by', megabytes(server - before), 'MB')
    ensure(task.State === 'Failed', `it ended ${task.State}`)
    ensure(/\b3\b/.test(task.ErrorMessage), `the exit code is lost: ${task.ErrorMessage}`)
    const log = await world.log(deployed)
    const numbers = [...linesIn(log).lines.values()][0] ?? []
    const gap = Number(/(\d+) lines \(\d+ bytes\) of output are left out/.exec(log)?.[1] ?? 0)
    context.figure('lines kept', numbers.length, 'lines')
    ensure(numbers.length + gap === count, `${numbers.length} kept + ${gap} left out != ${count}`)
    ensure(numbers[0] === 1 && numbers.at(-1) === count, 'head or tail is missing')
    ensure(daemon < RUNNER_BYTES, `the daemon took ${megabytes(daemon)} MB`)
    ensure(supervisor < RUNNER_BYTES, `the supervisor took ${megabytes(supervisor)} MB`)
    ensure(server - before < GROWTH_BYTES, `workerd grew by ${megabytes(server - before)} MB`)
  },
}
