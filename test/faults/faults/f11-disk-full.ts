import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { ensure, type Fault, NotHere } from '../fault.ts'

const SIZE_MB = 8

export const fault: Fault = {
  id: 'F11',
  title: 'disk full on the file system of the spool in the middle of a step',
  by: 'mount',
  isQuick: true,
  run: async context => {
    const world = await context.world({ runners: [] })
    const home = world.file('small')
    mkdirSync(home)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', home], {
        stdio: 'pipe',
      })
    } catch (error) {
      throw new NotHere(`no file system can be mounted here: ${String(error).split('\n')[0]}`)
    }
    try {
      await world.addRunner('web-1', { home })
      const print = `awk -v a="$A" 'BEGIN { for (i = 1; i <= 400000; i++) printf "line %s %d %.0f\\n", a, i, (i * 2654435 + 97) % 4294967296 }'; n=400000`
      for (const exit of [0, 5]) {
        const deployed = await world.run(`${print}; finish ${exit}`)
        const task = await world.end(deployed, 120_000)
        const wanted = exit === 0 ? 'Success' : 'Failed'
        ensure(task.State === wanted, `it ended ${task.State}: ${task.ErrorMessage}`)
        const log = await world.log(deployed)
        ensure(/left out here/.test(log), 'the log has no gap record')
      }
      const next = await world.end(await world.run('say'), 30_000)
      ensure(next.State === 'Success', `the next one ended ${next.State}: ${next.ErrorMessage}`)
    } finally {
      context.atEnd(() => execFileSync('umount', ['-l', home]))
    }
  },
}
