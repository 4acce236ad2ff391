import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensure, type Fault } from '../fault.ts'
import { until } from '../world/processes.ts'
import { Runner } from '../world/runner.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F56',
  title: 'cloned runner: two machines with one key',
  by: 'files, signals',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const runner = world.runner()
    const home = mkdtempSync(join(tmpdir(), 'slipway-faults-clone-'))
    cpSync(runner.home, home, { recursive: true, filter: path => !path.endsWith('/lock') })
    const clone = Runner.at({
      name: 'clone',
      program: world.build.runner,
      server: world.link.url,
      token: '',
      home,
    })
    world.runners.set('clone', clone)
    world.allow(
      'I7',
      '^a (log|complete) of .* in epoch 1 ',
      'the machine that claimed the step goes on telling of it; the clone did not name it',
    )
    const deployed = await world.run(lines(100, 0.02))
    await clone.start(false)
    const from = Date.now()
    await until(
      'it is quarantined',
      async () => {
        const rows = await world.query('SELECT id FROM runners WHERE quarantined_at IS NOT NULL')
        return rows.length > 0
      },
      90_000,
      100,
    )
    context.figure('quarantined after', Date.now() - from, 'ms')
    const starts = world.entries().filter(({ kind }) => kind === 'START')
    ensure(starts.length <= 1, `started ${starts.length} times`)
    await clone.kill()
    const rows = await world.query('SELECT id FROM runners WHERE quarantined_at IS NOT NULL')
    const id = String(rows[0].id)
    const release = await world.api.send('POST', `/api/Spaces-1/runners/${id}/release`)
    context.figure('release answered', release.status, '')
    if (!release.ok)
      world.allow('I6', deployed.id, 'its runner is quarantined and nobody released it')
  },
}
