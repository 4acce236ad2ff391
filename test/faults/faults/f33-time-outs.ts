import { ensure, type Fault } from '../fault.ts'
import { gate, lines } from '../world/step.ts'
import type { World } from '../world/world.ts'

export const fault: Fault = {
  id: 'F33',
  title: 'a step, a place in the queue and an offer run out of time',
  by: 'clock, times at a tenth',
  isQuick: true,
  run: async context => {
    const world = await context.world({ times: 'tenth', runners: ['web-1', 'web-2'] })
    await Promise.all([queueRunsOut(world), offerRunsOut(world)])
    await stepRunsOut(world)
  },
}

/** The server counts in minutes; the shortest time-out is a good part of one. */
const stepRunsOut = async (world: World): Promise<void> => {
  const property = { 'Octopus.Action.ExecutionTimeout.Minutes': '0.05' }
  const whole = { 'Octopus.Action.ExecutionTimeout.Minutes': '1' }
  let deployed: Awaited<ReturnType<World['run']>>
  try {
    deployed = await world.run(lines(10_000, 0.1), { tags: 'on-web-1', properties: property })
  } catch {
    deployed = await world.run(lines(10_000, 0.1), { tags: 'on-web-1', properties: whole })
  }
  const task = await world.end(deployed, 90_000)
  ensure(['TimedOut', 'Failed'].includes(task.State), `the step ended ${task.State}`)
  const said = `${task.ErrorMessage} ${await world.log(deployed)}`
  ensure(/out of time|timed out|time-out/i.test(said), `nothing says why: ${task.ErrorMessage}`)
}

const queueRunsOut = async (world: World): Promise<void> => {
  await world.project('Blocked', [{ body: gate(world.file('gate')), tags: 'on-web-2' }])
  const first = await world.deploy('Blocked')
  await world.started(first)
  const expiry = new Date(Date.now() + 3_000).toISOString()
  const { deployed, status, text } = await world.create('Blocked', {
    body: { RunAt: new Date().toISOString(), NoRunAfter: expiry, QueueTimeExpiry: expiry },
  })
  ensure(deployed, `a deployment with an expiry was refused: ${status} ${text}`)
  await new Promise(resolve => setTimeout(resolve, 3_500))
  await world.server.tick()
  const task = await world.end(deployed, 40_000)
  ensure(task.State === 'TimedOut', `the one in the queue ended ${task.State}`)
  ensure(/expir|not started/i.test(task.ErrorMessage), `nothing says why: ${task.ErrorMessage}`)
  world.open('gate')
  const done = await world.end(first)
  ensure(done.State === 'Success', `the one before it ended ${done.State}`)
}

const offerRunsOut = async (world: World): Promise<void> => {
  const runner = world.runner('web-1')
  await runner.kill()
  const deployed = await world.run('say', { tags: 'on-web-1' })
  const task = await world.end(deployed, 60_000)
  ensure(task.State === 'Failed', `the offer nobody took ended ${task.State}`)
  ensure(/No connection to web-1/.test(task.ErrorMessage), `nothing says why: ${task.ErrorMessage}`)
  await runner.start()
}
