import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

const CLOCK = fileURLToPath(new URL('../world/clock.mjs', import.meta.url))
const MINUTE = 60_000
const OFFSETS = [-10 * MINUTE, 10 * MINUTE, -1_440 * MINUTE, 1_440 * MINUTE]

export const fault: Fault = {
  id: 'F30',
  title: 'runner’s clock wrong by minutes and days, and jumping in the middle of steps',
  by: 'clock',
  isQuick: true,
  run: async context => {
    const world = await context.world({ times: 'tenth', runners: [] })
    const file = world.file('clock')
    writeFileSync(file, '0')
    const runner = await world.addRunner('web-1', {
      environment: { NODE_OPTIONS: `--import ${CLOCK}`, SLIPWAY_CLOCK_FILE: file },
    })
    await world.project('Shop', [{ body: lines(context.rounds(300, 120), 0.02) }])
    for (const offset of context.isQuick ? OFFSETS.slice(2) : OFFSETS) {
      writeFileSync(file, String(offset))
      await runner.kill('SIGTERM')
      await runner.start()
      const deployed = await world.deploy('Shop')
      await world.logged(deployed, /line \S+ 10 /)
      writeFileSync(file, String(-offset))
      await delay(1_000)
      writeFileSync(file, String(offset * 2))
      const task = await world.end(deployed)
      ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
      const log = await world.log(deployed)
      ensure(!/No word from/.test(log), `its lease lapsed with the clock ${offset} ms off`)
      const { Items } = await world.api.get(`/api/Spaces-1/machines?name=web-1`)
      ensure(Items[0]?.HealthStatus === 'Healthy', `it is ${Items[0]?.HealthStatus}`)
    }
    context.figure('clocks', context.isQuick ? 2 : OFFSETS.length, 'clocks')
  },
}
