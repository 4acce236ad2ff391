import { setTimeout as delay } from 'node:timers/promises'
import { type Context, ensure, type Fault } from '../fault.ts'
import { until } from '../world/processes.ts'
import { kindOf } from '../world/runner-messages.ts'
import { lines } from '../world/step.ts'
import type { World } from '../world/world.ts'

type Crash = () => Promise<void>
type Point = {
  name: string
  /** Arms the world so that `crash` is called at exactly this point. */
  arm: (world: World, crash: Crash) => void
}

const sql = (pattern: RegExp, when: 'before' | 'after') => (world: World, crash: Crash) => {
  const { database } = world.server
  const isIt = (body: Buffer) => pattern.test(body.toString('utf8'))
  if (when === 'before')
    database.rule = async ({ body }) => {
      if (!isIt(body)) return undefined
      await crash()
      return { type: 'lose' }
    }
  else
    database.watch = async ({ body }) => {
      if (!isIt(body)) return true
      await crash()
      return false
    }
}

const message =
  (kind: 'claim' | 'complete' | 'poll', when: 'before' | 'after', has = '') =>
  (world: World, crash: Crash) => {
    const { link } = world
    if (when === 'before')
      link.rule = passage => {
        // It reaches the server and has a moment to be worked on.
        if (kindOf(passage) === kind) void delay(1).then(crash)
        return undefined
      }
    else
      link.watch = async (passage, answer) => {
        if (kindOf(passage) !== kind || !answer.body.includes(has)) return true
        await crash()
        return false
      }
  }

const store = (call: string, when: 'before' | 'after') => (world: World, crash: Crash) => {
  world.server.onPoint = async ({ point, key, when: now }) => {
    if (point === `store.${call}` && key.startsWith('logs/') && now === when) await crash()
    return {}
  }
}

const INSERT = /insert into \\?"deployments\\?"/i
const GATE = /update \\?"?tasks\\?"? set [^;]*Executing|'Executing'|"value":"Executing"/
const END = /"value":"Success"/

/** The server's crash points, row by row, on either side of each commit. */
const POINTS: Point[] = [
  { name: 'C1, before the deployment is stored', arm: sql(INSERT, 'before') },
  { name: 'C1, after the deployment is stored', arm: sql(INSERT, 'after') },
  { name: 'C2, before the gate', arm: sql(GATE, 'before') },
  { name: 'C2, after the gate', arm: sql(GATE, 'after') },
  { name: 'C3, an offer on its way', arm: message('poll', 'after', '"attempt"') },
  { name: 'C6, before the claim is stored', arm: message('claim', 'before') },
  { name: 'C6, after the claim is stored', arm: message('claim', 'after') },
  { name: 'C13, before the completion is stored', arm: message('complete', 'before') },
  { name: 'C13, after the completion is stored', arm: message('complete', 'after') },
  { name: 'C14, before the end is published', arm: sql(END, 'before') },
  { name: 'C14, after the end is published', arm: sql(END, 'after') },
  { name: 'C15, before the log is put away', arm: store('put', 'before') },
  { name: 'C15, after the log is put away', arm: store('put', 'after') },
  { name: 'C15, while the log is verified', arm: store('head', 'after') },
]

export const fault: Fault = {
  id: 'F38',
  title: 'server crashes before and after each of its commits',
  by: 'signals at commits',
  isQuick: true,
  minutes: 10,
  run: async context => {
    const world = await context.world({ times: 'tenth' })
    await world.project('Shop', [{ body: lines(30, 0.02) }])
    const rounds = context.rounds(3, 1)
    const missed: string[] = []
    let crashes = 1
    for (const { name, arm } of POINTS) {
      const before = crashes
      for (let round = 0; round < rounds; round++)
        if (await crashAt(context, world, name, arm)) crashes++
      if (crashes === before) missed.push(name)
    }
    await leaseLapses(world)
    context.figure('crashes', crashes, 'crashes')
    ensure(missed.length === 0, `never came by: ${missed.join('; ')}`)
  },
}

const crashAt = async (
  _context: Context,
  world: World,
  name: string,
  arm: Point['arm'],
): Promise<boolean> => {
  let isHit = false
  let crashing: Promise<unknown> | undefined
  world.harm()
  arm(world, async () => {
    if (isHit) return
    isHit = true
    crashing = world.server.killWorker()
    await crashing
  })
  const { deployed } = await world.create('Shop')
  const tasks = () => world.query("SELECT id, state FROM tasks WHERE state <> 'Success'")
  if (deployed && !isHit)
    await until(`${name}: it crashes or ends`, async () => isHit || (await tasks()).length === 0)
  if (!isHit) await delay(1_500)
  // While it is on its way down it may still answer.
  await crashing
  heal(world)
  await until(`${name}: it serves again`, () => world.server.isServing(), 30_000)
  await world.server.tick()
  await until(`${name}: all have ended`, async () => (await tasks()).length === 0, 60_000)
  world.harmEnds()
  return isHit
}

const heal = (world: World): void => {
  world.link.heal()
  world.server.database.heal()
  world.server.onPoint = undefined
}

/** C16: it is gone at the instant a lease lapses, and the runner comes back only after. */
const leaseLapses = async (world: World): Promise<void> => {
  const deployed = await world.run(lines(400, 0.03))
  await world.logged(deployed, /line \S+ 10 /)
  world.harm()
  world.runner().pause()
  await until('its lease lapses', async () => /No word from/.test(await world.log(deployed)))
  await world.server.killWorker()
  await until('it serves again', () => world.server.isServing(), 30_000)
  world.runner().resume()
  const task = await world.end(deployed)
  world.harmEnds()
  ensure(task.State === 'Success', `C16: it ended ${task.State}: ${task.ErrorMessage}`)
}
