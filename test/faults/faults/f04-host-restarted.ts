import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F04',
  title: 'host restarted: all killed, another boot id, the unsynced tail of the log lost',
  by: 'signals, files',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const rounds = context.rounds(5, 2)
    for (let round = 0; round < rounds; round++) {
      const deployed = await world.run(lines(2_000, 0.01))
      await world.logged(deployed, new RegExp(`line \\S+ ${context.between(30, 90)} `))
      await runner.killAll()
      anotherBoot(join(runner.home, 'journal.jsonl'))
      // Of what nobody has acknowledged yet, or beyond that: the disk does not know the difference.
      loseTail(join(runner.home, 'attempts'), round % 2 === 0 ? 300 : 1_500)
      await runner.start()
      const task = await world.end(deployed)
      ensure(task.State !== 'Success', `it is a success though nobody knows its end`)
      const log = await world.log(deployed)
      const said = `${task.ErrorMessage}\n${log}`
      ensure(/host-restarted|restarted/.test(said), `nothing says that the host restarted: ${said}`)
      ensure(
        world.entries().filter(({ attempt }) => attempt.startsWith(`${deployed.id}_`)).length === 1,
        'it was run again',
      )
    }
    context.figure('restarts', rounds, 'restarts')
  },
}

const anotherBoot = (journal: string): void => {
  const text = readFileSync(journal, 'utf8')
  writeFileSync(journal, text.replaceAll(/"bootId":"[^"]+"/g, '"bootId":"of-an-earlier-start"'))
}

const loseTail = (folder: string, bytes: number): void => {
  for (const name of readdirSync(folder)) {
    const spool = join(folder, name, 'out.spool')
    truncateSync(spool, Math.max(0, statSync(spool).size - bytes))
  }
}
