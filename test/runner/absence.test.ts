import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { cookieOf, homeAt } from '../../runner/home.ts'
import { findLeftovers } from '../../runner/process/leftovers.ts'
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

it('tells in the same session that a step it was to end has ended, with nothing left of it', async () => {
  await runner.start()
  const attempt = server.bash('echo begun; sleep 600')
  await server.until(() => server.lines(attempt).includes('begun'))
  const { fence } = server.work(attempt).grant
  server.disown(attempt)
  await server.until(() => server.absent.length > 0)
  expect(server.absent).toEqual([{ attempt, fence }])
  expect(findLeftovers(cookieOf(homeAt(runner.home), attempt))).toEqual([])
  expect(server.sessions).toHaveLength(2)
})
