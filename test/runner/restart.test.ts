import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cookieOf, homeAt } from '../../runner/home.ts'
import { findLeftovers, signal } from '../../runner/process/leftovers.ts'
import { becomesTrue, restartHost, supervisorsOf } from '../support/host-restart.ts'
import type { ProtocolServer } from '../support/protocol-server.ts'
import { endPair, enrolledPair, type RunnerProcess } from '../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await enrolledPair())
})
afterEach(() => endPair({ server, runner }))

const SCRIPT = `echo "start $SLIPWAY_REBOOT_COUNT of $(get_octopusvariable Slipway.Action.RebootCount)"
if [ "0$SLIPWAY_REBOOT_COUNT" -lt $TIMES ]; then sleep 600; fi
echo done`

const offer = (times: number, maximumReboots?: number) =>
  server.bash(SCRIPT.replace('$TIMES', `${times}`), maximumReboots ? { maximumReboots } : {})

const starts = (attempt: string) =>
  server.lines(attempt).filter(line => line.startsWith('start')).length

const AGAIN = 'The host restarted while this step ran; it is run again from its start'

describe('a step whose host restarts', () => {
  it('goes on when it was declared to: it runs again and is told how often that was', async () => {
    await runner.start()
    const attempt = offer(2, 3)
    await server.until(() => starts(attempt) === 1)
    await restartHost(runner, attempt)
    await server.until(() => starts(attempt) === 2)
    await restartHost(runner, attempt)
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded', exitCode: 0 })
    expect(server.lines(attempt)).toEqual([
      'start 0 of 0',
      `${AGAIN} (1 of at most 3).`,
      'start 1 of 1',
      `${AGAIN} (2 of at most 3).`,
      'start 2 of 2',
      'done',
    ])
  })

  it.each([
    { when: 'it was not declared to', maximumReboots: undefined, startsMade: 1 },
    { when: 'it has gone on as often as declared', maximumReboots: 1, startsMade: 2 },
  ])('has an unknown outcome when $when', async ({ maximumReboots, startsMade }) => {
    await runner.start()
    const attempt = offer(9, maximumReboots)
    for (let made = 1; made <= startsMade; made++) {
      await server.until(() => starts(attempt) === made)
      await restartHost(runner, attempt)
    }
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'unknown',
      reason: 'host-restarted',
    })
    expect(starts(attempt)).toBe(startsMade)
  })

  it('is not taken for failed when its script was ended because the host went down', async () => {
    await runner.start()
    const attempt = offer(1, 1)
    await server.until(() => starts(attempt) === 1)
    const cookie = cookieOf(homeAt(runner.home), attempt)
    for (const { pid } of findLeftovers(cookie)) signal(pid, 'SIGTERM')
    for (const { pid } of supervisorsOf(runner)) signal(pid, 'SIGTERM')
    await becomesTrue(() => findLeftovers(cookie).length === 0)
    await restartHost(runner, attempt)
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt).at(-1)).toBe('done')
  })

  it('is not run more often when the runner itself is ended right then', async () => {
    await runner.start()
    const attempt = offer(1, 1)
    await server.until(() => starts(attempt) === 1)
    await restartHost(runner, attempt)
    await runner.kill()
    await runner.start()
    await server.completion(attempt)
    expect(starts(attempt)).toBeLessThanOrEqual(2)
  })
})
