import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { MigrationError } from '../../../worker/local/migrations.ts'
import { pathTo } from '../../../worker/local/paths.ts'
import { ensure, type Fault } from '../fault.ts'
import { olderRunner } from '../world/older.ts'
import { until } from '../world/processes.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F37',
  title: 'server upgraded with a migration while 20 deployments run, then rolled back',
  by: 'signals, files',
  isAlone: true,
  minutes: 8,
  run: async context => {
    const count = context.rounds(20, 4)
    const names = Array.from({ length: count }, (_, at) => `web-${at + 1}`)
    const world = await context.world({ runners: [] })
    const older = await olderRunner(world.folder)
    for (const [at, name] of names.entries())
      await world.addRunner(name, at % 2 === 1 && older ? { program: older } : {})
    context.figure('runners of an older version', older ? Math.floor(count / 2) : 0, 'runners')
    const running = []
    for (const name of names) {
      await world.project(name, [
        { body: lines(200, 0.1), tags: `on-${name}` },
        { name: 'More', body: lines(100), tags: `on-${name}` },
      ])
      running.push(await world.deploy(name))
    }
    for (const deployed of running) await world.logged(deployed, /line \S+ 2 /)

    const next = world.file('migrations')
    cpSync(pathTo('migrations'), next, { recursive: true })
    mkdirSync(next, { recursive: true })
    writeFileSync(
      `${next}/9000_next.sql`,
      "ALTER TABLE tasks ADD COLUMN of_the_next_version TEXT NOT NULL DEFAULT 'x';\nCREATE TABLE of_the_next_version (id TEXT PRIMARY KEY) STRICT;\n",
    )
    world.harm()
    const away = performance.now()
    await world.server.stopWorker()
    const applied = await world.server.migrate(next)
    ensure(applied.includes('9000_next'), `applied ${applied}`)
    await world.server.startWorker()
    await until('the new version serves', () => world.server.isServing(), 30_000)
    context.figure('away for the upgrade', performance.now() - away, 'ms')
    for (const deployed of running) await world.logged(deployed, /line \S+ 80 /)
    const meanwhile = await world.deploy(names[0] as string)

    // Back to the earlier code on the later schema, as a hosted rollback leaves it; on one machine the
    // earlier version says that the database is newer and does not start.
    await world.server.stopWorker()
    const refusal = await world.server.migrate(pathTo('migrations')).catch(error => error)
    ensure(refusal instanceof MigrationError, 'the earlier version would start on a later database')
    await world.server.startWorker()
    await until('the earlier version serves', () => world.server.isServing(), 30_000)
    world.harmEnds()
    for (const deployed of [...running, meanwhile]) {
      const task = await world.end(deployed, 120_000)
      ensure(task.State === 'Success', `${deployed.id} ended ${task.State}: ${task.ErrorMessage}`)
    }
    context.figure('deployments under way', count, 'deployments')
  },
}
