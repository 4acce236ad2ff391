import { setTimeout as delay } from 'node:timers/promises'
import { ensure, type Fault } from '../fault.ts'
import { deploymentIn, kindOf } from '../world/runner-messages.ts'
import type { Deployed, World } from '../world/world.ts'

const WITHIN_MS = 50
/** In every fifth round the two are further apart, so that either has its turn to be first. */
const WIDE_MS = 500
const WIDE_EVERY = 5

export const fault: Fault = {
  id: 'F50',
  title: 'cancelled within 50 ms before or after the step’s end is told',
  by: 'client, proxy',
  isQuick: true,
  minutes: 8,
  run: async context => {
    const lanes = context.isQuick ? ['web-1'] : ['web-1', 'web-2', 'web-3', 'web-4']
    const world = await context.world({ runners: lanes })
    const rounds = context.rounds(500, 4) / lanes.length
    const races = new Map<string, () => Promise<void>>()
    world.link.rule = async passage => {
      if (kindOf(passage) !== 'complete') return undefined
      const race = races.get(deploymentIn(passage))
      races.delete(deploymentIn(passage))
      await race?.()
      return undefined
    }
    const outcomes: Record<string, number> = {}
    await Promise.all(
      lanes.map(async lane => {
        await world.project(lane, [{ body: 'say; sleep 0.1', tags: `on-${lane}` }])
        for (let round = 0; round < rounds; round++) {
          const within = round % WIDE_EVERY === 0 ? WIDE_MS : WITHIN_MS
          const offset = (context.random() * 2 - 1) * within
          const isAnswered = context.random() < 0.5
          const race = { races, offset, isAnswered }
          const outcome = await raced(world, await world.deploy(lane), race)
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        }
      }),
    )
    ensure(
      context.isQuick || Object.keys(outcomes).length === 2,
      `only one side ever won: ${JSON.stringify(outcomes)}`,
    )
    for (const [outcome, count] of Object.entries(outcomes))
      context.figure(outcome, count, 'rounds')
  },
}

type Race = {
  races: Map<string, () => Promise<void>>
  /** When it is cancelled, in milliseconds from the end's being told. */
  offset: number
  /** Before the end by the clock of who asks, or by that of who is asked. */
  isAnswered: boolean
}

const raced = async (
  world: World,
  deployed: Deployed,
  { races, offset, isAnswered }: Race,
): Promise<string> => {
  let cancelled: Promise<unknown> | undefined
  races.set(deployed.id, async () => {
    const cancel = () => world.cancel(deployed)
    if (offset < 0) {
      cancelled = cancel()
      if (isAnswered) await cancelled
      await delay(-offset)
    } else cancelled = delay(offset).then(cancel)
  })
  const task = await world.end(deployed)
  const answer = (await cancelled) as { State: string } | undefined
  ensure(answer, `${deployed.id} ended before its end could be raced`)
  const later = await world.task(deployed)
  ensure(later.State === task.State, `${deployed.id} was ${task.State} and is ${later.State}`)
  ensure(['Success', 'Canceled'].includes(task.State), `${deployed.id} ended ${task.State}`)
  return task.State
}
