import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { identify, isAlive } from '../../runner/process/identity.ts'
import { appears } from '../support/appears.ts'
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

describe('a runner that went away', () => {
  it('goes on with a step that outlives it, and loses nothing', async () => {
    await runner.start()
    const gate = join(runner.home, 'gate')
    const attempt = server.bash(
      `for i in $(seq 1 500); do echo "before $i"; done
       while [ ! -e ${gate} ]; do sleep 0.02; done
       for i in $(seq 1 500); do echo "after $i"; done; exit 7`,
    )
    await server.until(() => server.lines(attempt).includes('before 500'))
    await runner.kill()
    writeFileSync(gate, '')
    await runner.start()
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'failed', exitCode: 7 })
    expect(server.lines(attempt)).toEqual([
      ...Array.from({ length: 500 }, (_, index) => `before ${index + 1}`),
      ...Array.from({ length: 500 }, (_, index) => `after ${index + 1}`),
      'The script exited with code 7.',
    ])
    expect(server.work(attempt).claims).toBe(1)
  })

  it('adopts a step that is still running', async () => {
    await runner.start()
    const gate = join(runner.home, 'gate')
    const attempt = server.bash(`echo one; while [ ! -e ${gate} ]; do sleep 0.02; done; echo two`)
    await server.until(() => server.lines(attempt).includes('one'))
    await runner.kill()
    await runner.start()
    expect(runner.output).toContain('found running, adopted')
    writeFileSync(gate, '')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual(['one', 'two'])
  })

  it('tells the result of a step that ended while it was away', async () => {
    await runner.start()
    const done = join(runner.home, 'done')
    const attempt = server.bash(`echo one; while [ ! -e ${done}.go ]; do sleep 0.02; done; exit 4`)
    await server.until(() => server.lines(attempt).includes('one'))
    const supervisor = identify(runner.supervisorOf(attempt))
    await runner.kill()
    writeFileSync(`${done}.go`, '')
    const folder = join(runner.home, 'attempts', attempt.replace(':', '_'))
    await appears(join(folder, 'exit.json'))
    await runner.start()
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'failed', exitCode: 4 })
    expect(server.sessions[1]).toMatchObject([{ attempt, state: 'finished' }])
    expect(isAlive(supervisor)).toBe(false)
  })

  it('calls the outcome unknown when the supervisor is gone, and leaves nothing running', async () => {
    await runner.start()
    const attempt = server.bash('echo one; (setsid sleep 300 >/dev/null 2>&1 &) ; sleep 300')
    await server.until(() => server.lines(attempt).includes('one'))
    process.kill(runner.supervisorOf(attempt), 'SIGKILL')
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'unknown',
      exitCode: null,
      reason: 'supervisor-lost',
    })
    expect(server.lines(attempt)).toEqual(['one'])
    expect(runner.leftoversOf(attempt)).toEqual([])
    expect(server.work(attempt).claims).toBe(1)
  })

  it('keeps no script of a lost step, which may hold a secret, while its outcome is asked for', async () => {
    server.sealsAtOnce = false
    await runner.start()
    const attempt = server.bash('echo one; sleep 300')
    await server.until(() => server.lines(attempt).includes('one'))
    const work = join(runner.home, 'work', attempt.replace(':', '_'))
    expect(existsSync(work)).toBe(true)
    process.kill(runner.supervisorOf(attempt), 'SIGKILL')
    await server.completion(attempt)
    expect(existsSync(work)).toBe(false)
  })

  it('calls it unknown after a restart too, without running it again', async () => {
    await runner.start()
    const attempt = server.bash('echo one; sleep 300')
    await server.until(() => server.lines(attempt).includes('one'))
    const supervisor = runner.supervisorOf(attempt)
    await runner.kill()
    process.kill(supervisor, 'SIGKILL')
    await runner.start()
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'unknown',
      reason: 'supervisor-lost',
    })
    expect(runner.leftoversOf(attempt)).toEqual([])
    expect(server.lines(attempt)).toEqual(['one'])
  })
})
