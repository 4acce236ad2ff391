import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Context, ensure, type Fault } from '../fault.ts'
import { gone, until } from '../world/processes.ts'
import type { Runner } from '../world/runner.ts'
import { kindOf } from '../world/runner-messages.ts'
import { lines } from '../world/step.ts'
import type { World } from '../world/world.ts'

const CRASH_AT = fileURLToPath(new URL('../world/crash-at.mjs', import.meta.url))

type Point = {
  name: string
  /** Where the daemon ends: at a write of its own, or when one of its messages is on its way. */
  at:
    | { call: 'writeSync' | 'renameSync'; match: string; when: 'before' | 'after' }
    | { message: 'claim' | 'complete' }
  /** May the step have run, so that nobody can know? */
  isKnown: boolean
}

/** The crash points of a runner, row by row. */
const POINTS: Point[] = [
  { name: 'C4', at: write('"type":"accepted"', 'before'), isKnown: true },
  { name: 'C5', at: write('"type":"accepted"', 'after'), isKnown: true },
  { name: 'C5, claim sent', at: { message: 'claim' }, isKnown: true },
  { name: 'C7', at: write('"type":"starting"', 'before'), isKnown: true },
  { name: 'C8', at: write('"type":"starting"', 'after'), isKnown: false },
  { name: 'C8, step taken', at: write('"type":"started"', 'before'), isKnown: false },
  { name: 'C9', at: write('"type":"started"', 'after'), isKnown: true },
  { name: 'C12', at: { message: 'complete' }, isKnown: true },
]

function write(match: string, when: 'before' | 'after') {
  return { call: 'writeSync' as const, match, when }
}

export const fault: Fault = {
  id: 'F06',
  title: 'runner crashes at each of its crash points',
  by: 'signals at writes and messages',
  isQuick: true,
  minutes: 8,
  run: async context => {
    const world = await context.world({ runners: [] })
    const crashFile = world.file('crash')
    const runner = await world.addRunner('web-1', {
      environment: {
        NODE_OPTIONS: `--import ${CRASH_AT}`,
        SLIPWAY_CRASH_FILE: crashFile,
        SLIPWAY_CRASH_ROLE: 'run',
      },
    })
    await world.project('Shop', [{ body: lines(40, 0.02) }])
    const rounds = context.rounds(3, 1)
    for (const point of POINTS)
      for (let round = 0; round < rounds; round++) await crash(context, world, runner, point)
    context.figure('crashes', POINTS.length * rounds, 'crashes')
  },
}

const crash = async (
  { isQuick }: Context,
  world: World,
  runner: Runner,
  { name, at, isKnown }: Point,
): Promise<void> => {
  const { pid } = runner
  if ('call' in at) writeFileSync(world.file('crash'), JSON.stringify(at))
  else {
    let isDone = false
    world.link.rule = async passage => {
      if (isDone || kindOf(passage) !== at.message) return undefined
      isDone = true
      await runner.kill()
      return isQuick ? { type: 'lose' } : { type: 'pass' }
    }
  }
  const deployed = await world.deploy('Shop')
  await until(`${name}: it crashes`, () => !runner.isRunning, 30_000)
  await gone(pid)
  world.link.heal()
  await runner.start()
  const task = await world.end(deployed)
  const starts = world
    .entries()
    .filter(({ kind, attempt }) => kind === 'START' && attempt.startsWith(`${deployed.id}_`))
  ensure(starts.length <= 1, `${name}: started ${starts.length} times`)
  if (isKnown) ensure(task.State === 'Success', `${name}: it ended ${task.State}`)
  // Adopted it may be a success; if it was not found it is unknown, and never the one for the other.
  else if (task.State === 'Success') ensure(starts.length === 1, `${name}: success without a start`)
  else
    await world
      .runner()
      .kill('SIGTERM')
      .then(() => runner.start())
}
