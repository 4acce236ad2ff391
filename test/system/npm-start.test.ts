import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Ctrl-C reaches every process of a terminal; a service manager asks npm alone. */
it.each(['SIGINT', 'SIGTERM'] as const)(
  'ends the whole product when npm alone gets %s',
  async signal => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-npm-start-'))
    const npm = spawn('npm', ['start', '--', '--port', '0', '--no-sample', '--no-runner'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      env: { ...process.env, SLIPWAY_DATA: join(folder, 'data') },
    })
    try {
      const ended = once(npm, 'exit')
      let url = ''
      for await (const line of createInterface(npm.stdout)) {
        url = /^Portal: (http:\/\/[^/]+)/.exec(line)?.[1] ?? url
        if (line === 'Ready') break
      }
      expect((await fetch(`${url}/api`)).status).toBe(200)

      npm.kill(signal)
      expect(await ended).toEqual([0, null])
      await expect(fetch(`${url}/api`)).rejects.toThrow()
    } finally {
      npm.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  },
)
