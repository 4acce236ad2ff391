import { type Context, ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'
import type { World } from '../world/world.ts'

export const fault: Fault = {
  id: 'F49',
  title: 'two projects with overlapping sets of targets, deployed together',
  by: 'client',
  isQuick: true,
  minutes: 10,
  run: async context => {
    const world = await context.world({ runners: [] })
    const lanes = context.isQuick ? ['a'] : ['a', 'b', 'c']
    const rounds = Math.ceil(context.rounds(200, 3) / lanes.length)
    await Promise.all(lanes.map(lane => race(context, world, lane, rounds)))
    context.figure('rounds', rounds * lanes.length, 'rounds')
  },
}

/** Three targets of its own: the first is the one's, the last the other's, the middle both's. */
const race = async (
  context: Context,
  world: World,
  lane: string,
  rounds: number,
): Promise<void> => {
  const [shop, blog] = [`Shop-${lane}`, `Blog-${lane}`]
  await world.addRunner(`web-1-${lane}`, { tags: [shop] })
  await world.addRunner(`web-2-${lane}`, { tags: [shop, blog] })
  await world.addRunner(`web-3-${lane}`, { tags: [blog] })
  for (const name of [shop, blog])
    await world.project(name, [
      { name: 'First', body: lines(3), tags: name },
      { name: 'Second', body: lines(3), tags: name },
    ])
  for (let round = 0; round < rounds; round++) {
    const names = context.random() < 0.5 ? [shop, blog] : [blog, shop]
    const both = await Promise.all(names.map(name => world.deploy(name)))
    for (const deployed of both) {
      const task = await world.end(deployed)
      ensure(task.State === 'Success', `${deployed.id} ended ${task.State}: ${task.ErrorMessage}`)
    }
  }
}
