import { createHash } from 'node:crypto'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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

describe('a runner that is told to stop', () => {
  it('cancels politely first', async () => {
    await runner.start()
    const attempt = server.bash(
      'trap "echo tidying; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
    )
    await server.until(() => server.lines(attempt).includes('ready'))
    server.cancel(attempt)
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'canceled',
      exitCode: 5,
      reason: 'Canceled by Ada',
    })
    expect(server.lines(attempt)).toContain('tidying')
  })

  it('cancels a script that will not hear of it, with all it started', async () => {
    await runner.start()
    const attempt = server.bash(
      `trap '' TERM; (trap '' TERM; setsid bash -c "trap '' TERM; while :; do sleep 1; done" &) ; echo ready; while :; do sleep 1; done`,
      { cancelGraceMs: 200 },
    )
    await server.until(() => server.lines(attempt).includes('ready'))
    server.cancel(attempt)
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'canceled',
      signal: 'SIGKILL',
    })
    expect(runner.leftoversOf(attempt)).toEqual([])
  })

  it('cancels a step it adopted', async () => {
    await runner.start()
    const attempt = server.bash('echo ready; sleep 300')
    await server.until(() => server.lines(attempt).includes('ready'))
    await runner.kill()
    await runner.start()
    server.cancel(attempt)
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'canceled' })
    expect(runner.leftoversOf(attempt)).toEqual([])
  })

  it('ends a step that runs out of time', async () => {
    await runner.start()
    const attempt = server.bash('echo ready; sleep 300', { timeoutMs: 300 })
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'timed-out',
      reason: 'The step ran out of time after 0.3 s.',
      signal: 'SIGTERM',
    })
  })

  it('counts the fetching of packages in', async () => {
    await runner.start()
    const archive = Buffer.from(zipSync({ 'index.html': Buffer.from('hello') }))
    const sha256 = createHash('sha256').update(archive).digest('hex')
    const attempt = server.offer({
      actionType: 'Octopus.TentaclePackage',
      timeoutMs: 700,
      packages: [
        {
          name: '',
          packageId: 'Shop',
          version: '1.0.0',
          extension: '.zip',
          sha256,
          sizeBytes: archive.length,
          extract: true,
        },
      ],
      properties: {
        'Octopus.Action.EnabledFeatures': 'Octopus.Features.CustomScripts',
        'Octopus.Action.CustomScripts.PostDeploy.sh': 'echo at last; sleep 300',
      },
    })
    await server.until(() => server.work(attempt).claims > 0)
    setTimeout(() => server.packages.set(sha256, archive), 1_500)
    const completion = await server.completion(attempt)
    expect(completion).toMatchObject({
      outcome: 'timed-out',
      reason: 'The step ran out of time after 0.7 s.',
    })
    expect(server.lines(attempt)).not.toContain('at last')
  })
})
