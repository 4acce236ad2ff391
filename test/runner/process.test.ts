import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Command, runCommand } from '../../runner/process/child.ts'
import { identify, isAlive } from '../../runner/process/identity.ts'
import { closeKillSets, killMethod, openKillSet } from '../../runner/process/kill-set.ts'
import { findLeftovers } from '../../runner/process/leftovers.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-process-'))
})
afterEach(() => {
  closeKillSets()
  rmSync(folder, { recursive: true })
})

const run = (script: string, more: Partial<Command> = {}) => {
  let output = ''
  const command: Command = {
    program: 'bash',
    args: ['-c', script],
    folder,
    cookie: folder,
    stop: new AbortController().signal,
    graceMs: 200,
    onOutput: (_stream, chunk) => (output += chunk),
    ...more,
  }
  return runCommand(command).then(exit => ({ ...exit, output }))
}

describe('a command', () => {
  it('ends with its own program, though a child forked twice keeps its output open', async () => {
    const { exitCode, leftovers } = await run(
      `(setsid bash -c 'setsid sleep 300 &' &) ; echo done; exit 0`,
      { drainMs: 100 },
    )
    expect(exitCode).toBe(0)
    expect(leftovers).toEqual([expect.stringMatching(/^\d+ \((setsid|sleep)\)$/)])
    expect(findLeftovers(folder)).toEqual([])
  })

  it('leaves alone what dropped the cookie to outlive it', async () => {
    const pid = join(folder, 'pid')
    await run(`env -u SLIPWAY_ATTEMPT setsid sleep 300 >/dev/null 2>&1 & echo $! > ${pid}`)
    const survivor = identify(Number(readFileSync(pid, 'utf8')))
    expect(isAlive(survivor)).toBe(true)
    process.kill(survivor.pid, 'SIGKILL')
  })

  it('leaves no child behind, however many it had', async () => {
    const { exitCode, leftovers, output } = await run(
      'for i in $(seq 1 10000); do (:) & if (( i % 100 == 0 )); then wait; fi; done; wait; echo $i',
    )
    expect([exitCode, leftovers, output]).toEqual([0, [], '10000\n'])
  }, 120_000)

  it('tells the signal that ended it', async () => {
    expect(await run('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
  })
})

describe.runIf(killMethod() === 'cgroup v2')('a kill set', () => {
  it('ends what was stopped, even what hides from every search', async () => {
    const stop = new AbortController()
    const pid = join(folder, 'pid')
    const hidden = `trap '' TERM; echo $$ > ${pid}.tmp; mv ${pid}.tmp ${pid}; while :; do sleep 1; done`
    const running = run(
      `trap '' TERM; env -i setsid bash -c "${hidden.replaceAll('$', '\\$')}" & wait`,
      {
        stop: stop.signal,
      },
    )
    await expect.poll(() => existsSync(pid), { timeout: 10_000 }).toBe(true)
    const hider = identify(Number(readFileSync(pid, 'utf8')))
    expect(findLeftovers(folder).map(one => one.pid)).not.toContain(hider.pid)
    stop.abort()
    await running
    await expect.poll(() => isAlive(hider)).toBe(false)
  })

  it('knows who is in it, and goes when nobody is', async () => {
    const child = spawn('sleep', ['300'])
    const gone = once(child, 'exit')
    const set = openKillSet()
    writeFileSync(set?.members ?? '', `${child.pid}`)
    expect(set?.processes()).toEqual([child.pid])
    expect(set?.remove()).toBe(false)
    set?.kill()
    await gone
    expect(set?.processes()).toEqual([])
    expect(set?.remove()).toBe(true)
  })
})
