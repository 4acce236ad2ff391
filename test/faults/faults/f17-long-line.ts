import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { collectLog } from '../world/log-bytes.ts'
import { memoryOf } from '../world/processes.ts'

const RECORD = 16_384
const CHUNK = 1_048_576
const LIMIT_BYTES = 150 * 1024 * 1024

export const fault: Fault = {
  id: 'F17',
  title: 'one line of 50 MB, with a secret astride a record’s end and a chunk’s',
  by: 'script',
  isQuick: true,
  minutes: 6,
  run: async context => {
    const world = await context.world()
    const records = collectLog(world)
    const runner = world.runner()
    const size = context.rounds(50_000_000, 6_000_000)
    const file = world.file('line')
    const places = [RECORD, 2 * RECORD, CHUNK, 3 * CHUNK, size - 100]
    const line = Buffer.alloc(size, 'x')
    for (const place of places)
      line.write(world.secret, place - Math.floor(world.secret.length / 2))
    writeFileSync(file, line)
    let memory = 0
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        memory = Math.max(memory, memoryOf(runner.pid), ...runner.supervisors().map(memoryOf))
        await delay(100)
      }
    })()
    const deployed = await world.run(`cat '${file}'; echo; say`)
    const task = await world.end(deployed, 180_000).finally(() => (isOver = true))
    await watching
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const text = records(deployed.id)
      .filter(record => /^[x*]+/.test(record.text))
      .map(record => record.text)
    ensure(text.length > size / RECORD - 2, `the line was split into ${text.length} records`)
    const whole = text.join('')
    const masked = [...whole.matchAll(/\*{8,}/g)].length
    ensure(masked === places.length, `${masked} of ${places.length} secrets are masked`)
    context.figure('records', text.length, 'records')
    context.figure('runner at most', Math.round(memory / 1024 / 1024), 'MB')
    ensure(memory < LIMIT_BYTES, `the runner took ${Math.round(memory / 1024 / 1024)} MB`)
    writeFileSync(file, '')
  },
}
