import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'
import type { World } from '../world/world.ts'

export const fault: Fault = {
  id: 'F48',
  title: 'two deployments of one project to one environment, created together',
  by: 'client',
  isQuick: true,
  minutes: 8,
  run: async context => {
    const lanes = context.isQuick ? ['web-1'] : ['web-1', 'web-2', 'web-3', 'web-4']
    const world = await context.world({ runners: lanes })
    const rounds = context.rounds(200, 3) / lanes.length
    await Promise.all(lanes.map(lane => race(world, lane, rounds)))
    const late = await world.query(`SELECT second.id FROM tasks AS first JOIN tasks AS second
      ON first.concurrency_key = second.concurrency_key AND first.number < second.number
      WHERE first.started_at > second.started_at`)
    ensure(late.length === 0, `${late.length} started before one that was there earlier`)
    context.figure('rounds', rounds * lanes.length, 'rounds')
  },
}

const race = async (world: World, lane: string, rounds: number): Promise<void> => {
  await world.project(lane, [{ body: lines(3), tags: `on-${lane}` }])
  for (let round = 0; round < rounds; round++) {
    const both = await Promise.all([world.deploy(lane), world.deploy(lane)])
    for (const deployed of both) {
      const task = await world.end(deployed)
      ensure(task.State === 'Success', `${deployed.id} ended ${task.State}: ${task.ErrorMessage}`)
    }
  }
}
