import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { until } from '../world/processes.ts'
import { lines } from '../world/step.ts'

/** Rows that one transaction writes together. */
const HALVES = `SELECT
  (SELECT count(*) FROM deployments WHERE id NOT IN (SELECT deployment_id FROM tasks WHERE deployment_id IS NOT NULL)) +
  (SELECT count(*) FROM tasks WHERE deployment_id IS NOT NULL AND deployment_id NOT IN (SELECT id FROM deployments)) +
  (SELECT count(*) FROM deployments WHERE id NOT IN (SELECT document_id FROM event_documents)) AS halves`

export const fault: Fault = {
  id: 'F41',
  title: 'database process killed in the middle of transactions, and started again',
  by: 'signals, proxy',
  isQuick: true,
  minutes: 8,
  run: async context => {
    const world = await context.world()
    const { server } = world
    await world.project('Shop', [{ body: lines(30, 0.02) }])
    const rounds = context.rounds(25, 3)
    let kills = 0
    for (let round = 0; round < rounds; round++) {
      world.harm()
      let countdown = context.between(1, 5)
      let killed: Promise<void> | undefined
      server.database.rule = ({ body }) => {
        // While the engine works on this request: it is on its way, and not answered.
        if (/INSERT|UPDATE|DELETE|insert|update|delete/.test(body.toString()) && --countdown === 0)
          setTimeout(() => (killed ??= server.killDatabase()), context.random() * 3)
        return undefined
      }
      const creates = [world.create('Shop'), world.create('Shop')]
      await until('it was killed', () => killed, 4_000).catch(() => undefined)
      server.database.heal()
      if (killed) {
        await killed
        kills++
        await delay(context.random() * 500)
        await server.startDatabase()
      }
      await Promise.all(creates)
      // What the schedule does within half a minute.
      await server.tick()
      const [row] = await world.query(HALVES)
      ensure(Number(row.halves) === 0, `${row.halves} halves of transactions in round ${round}`)
      for (const { deployed } of await Promise.all(creates)) if (deployed) await world.end(deployed)
      world.harmEnds()
    }
    context.figure('kills', kills, 'kills')
    ensure(kills >= rounds / 2, `the engine was killed only ${kills} times`)
  },
}
