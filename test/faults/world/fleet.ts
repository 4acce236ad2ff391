import { enrolFleet, type LightRunner } from '../../support/light-runner.ts'
import type { Context } from '../fault.ts'
import { until } from './processes.ts'
import type { World } from './world.ts'

/** A poll that is held this long has been taken in, in milliseconds. */
const HELD_MS = 1_000

/** So many idle runners, true to the protocol, in this process. */
export class Fleet {
  readonly runners: LightRunner[]
  /** When each message left. */
  readonly messages: number[]

  private constructor(runners: LightRunner[], messages: number[]) {
    this.runners = runners
    this.messages = messages
  }

  /** @param server where they find it; the world's own unless given */
  static async start(
    context: Context,
    world: World,
    count: number,
    server = world.server.url,
  ): Promise<Fleet> {
    const messages: number[] = []
    const runners = await enrolFleet(
      { ...world.api, url: server },
      {
        count,
        environmentId: world.environmentId,
        root: world.folder,
        observe: ({ at }) => messages.push(at),
      },
    )
    const fleet = new Fleet(runners, messages)
    context.atEnd(() => fleet.stop())
    for (const runner of runners) runner.start()
    await fleet.back(0)
    return fleet
  }

  /** When the last of them had a poll held that began after then. */
  async back(since: number, withinMs = 120_000): Promise<number> {
    return until(
      'all of the fleet are back',
      () => {
        const began = this.runners.map(({ pollingSince = 0 }) => pollingSince)
        const isBack = began.every(at => at > since && Date.now() - at > HELD_MS)
        return isBack && Math.max(...began)
      },
      withinMs,
      50,
    )
  }

  stop(): void {
    for (const runner of this.runners.splice(0)) runner.stop()
  }
}
