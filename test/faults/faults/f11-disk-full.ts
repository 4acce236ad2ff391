import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, type Fault, NotHere } from '../fault.ts'
import { until } from '../world/processes.ts'
import { gate as waitFor } from '../world/step.ts'

/** A runner with less than it needs for a package takes no work: the rest is filled up afterwards. */
const SIZE_MB = 600
const LEFT_BYTES = 8 * 1024 * 1024

export const fault: Fault = {
  id: 'F11',
  title: 'disk full on the file system of the spool in the middle of a step',
  by: 'mount',
  isQuick: true,
  minutes: 6,
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
      const ballast = join(home, 'ballast')
      for (const exit of [0, 5]) {
        const gate = `go-${exit}`
        const deployed = await world.run(`${waitFor(world.file(gate))}; ${print}; finish ${exit}`)
        await world.started(deployed)
        const { bavail, bsize } = statfsSync(home)
        writeFileSync(ballast, Buffer.alloc(bavail * bsize - LEFT_BYTES))
        world.open(gate)
        const task = await world.end(deployed, 120_000)
        const wanted = exit === 0 ? 'Success' : 'Failed'
        ensure(task.State === wanted, `it ended ${task.State}: ${task.ErrorMessage}`)
        const log = await world.log(deployed)
        ensure(/left out here/.test(log), 'the log has no gap record')
        rmSync(ballast)
        await until('it is healthy', () => world.isHealthy('web-1'), 120_000, 200)
      }
      const next = await world.end(await world.run('say'), 30_000)
      ensure(next.State === 'Success', `the next one ended ${next.State}: ${next.ErrorMessage}`)
    } finally {
      context.atEnd(() => execFileSync('umount', ['-l', home]))
    }
  },
}
