import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findMarked } from '../../../worker/local/processes.ts'

const CHILD = fileURLToPath(new URL('./host-in-child.ts', import.meta.url))
let directory: string
let dataDir: string
let started: ChildProcess[]

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'slipway-host-')))
  dataDir = join(directory, 'data')
  started = []
  await mkdir(join(directory, 'assets', 'assets'), { recursive: true })
  await writeFile(join(directory, 'assets', 'assets', 'portal-1.css'), 'body {}')
  await writeFile(join(directory, 'assets', 'runner.mjs'), '// runner')
})
afterEach(async () => {
  for (const child of started) if (child.pid !== undefined) kill(-child.pid)
  for (const { pid } of await runtimes()) kill(pid)
  await rm(directory, { recursive: true })
})

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

interface Child {
  readonly process: ChildProcess
  readonly errors: () => string
  nextLine(): Promise<string>
}

/** In a process group of its own, as a shell starts it. */
const launch = (port = '0'): Child => {
  const child = spawn(process.execPath, [CHILD, dataDir, join(directory, 'assets'), port], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  started.push(child)
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  return { process: child, errors: () => errors, nextLine }
}

const start = async (): Promise<Child & { url: string }> => {
  const child = launch()
  return { ...child, url: await child.nextLine() }
}

const runtimes = () => findMarked('SLIPWAY_RUNTIME_OF', dataDir)
/** The TCP ports on which the process listens. */
const portsOf = async (pid: number): Promise<number[]> => {
  const sockets = new Set<string>()
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    sockets.add(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))
  }
  const lines = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1)
  const columns = lines.map(line => line.trim().split(/\s+/))
  return columns
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(`socket:[${inode}]`))
    .map(([, address]) => Number.parseInt(address?.split(':')[1] ?? '', 16))
}
const names = async (url: string): Promise<unknown> => (await fetch(`${url}/names`)).json()

describe('the local host', () => {
  it('gives the Worker its bindings, its settings and the migrated database', async () => {
    const { url } = await start()
    const environment = await (await fetch(`${url}/environment`)).json()
    expect(environment).toEqual({
      publicUrl: url,
      hosted: 'local',
      installation: expect.stringMatching(/^[0-9a-f-]{36}$/),
      masterKeyBytes: 32,
    })
    const migrations = (await (await fetch(`${url}/migrations`)).json()) as { value: string }[][]
    expect(migrations[0]?.[0]?.value).toBe('0001_access')
    await fetch(`${url}/store`, { method: 'PUT', body: 'package' })
    expect(await (await fetch(`${url}/store`)).text()).toBe('package')
  })

  it('serves static files with their headers, and nothing of its own insides', async () => {
    await writeFile(
      join(directory, 'assets', '_headers'),
      '/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n',
    )
    const { url } = await start()
    const style = await fetch(`${url}/assets/portal-1.css`)
    expect([await style.text(), style.headers.get('cache-control')]).toEqual([
      'body {}',
      'public, max-age=31536000, immutable',
    ])
    expect(await (await fetch(`${url}/runner.mjs`)).text()).toBe('// runner')
    for (const path of ['/internal/bootstrap', '/internal/scheduled', '/assets/missing.css']) {
      expect((await fetch(url + path, { method: 'POST' })).status).toBeGreaterThanOrEqual(400)
    }
  })

  it('answers nobody on this machine but its own front', async () => {
    const { url } = await start()
    await fetch(`${url}/store`, { method: 'PUT', body: 'package' })
    const [runtime] = await runtimes()
    const ports = await portsOf(runtime?.pid ?? 0)
    expect(ports).toHaveLength(2)
    for (const port of ports) {
      for (const path of ['/hello', '/store', '/internal/bootstrap']) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`)
        expect([path, response.status]).toEqual([path, 403])
      }
      const object = await fetch(`http://127.0.0.1:${port}/cdn-cgi/local/r2/public/store/key`)
      expect(object.status).toBeGreaterThanOrEqual(400)
    }
  })

  it('keeps the data directory to its own user', async () => {
    await start()
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    expect((await stat(join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600)
  })

  it('passes an upload of 50 MB on, and the refusal of one', async () => {
    const { url } = await start()
    const body = new Uint8Array(50_000_000)
    const taken = await fetch(`${url}/length`, { method: 'POST', body })
    expect(await taken.json()).toEqual({ length: 50_000_000 })
    const refused = await fetch(`${url}/reject`, { method: 'POST', body })
    expect([refused.status, await refused.text()]).toEqual([413, 'too large'])
  })

  it('stops when it is asked to, and goes on where it was with the next start', async () => {
    const first = await start()
    await fetch(`${first.url}/add?name=before`)
    const key = await readFile(join(dataDir, 'master.key'), 'utf8')
    first.process.kill('SIGTERM')
    expect(await first.nextLine()).toBe('stopped')
    await once(first.process, 'exit')
    expect(await runtimes()).toEqual([])

    const second = await start()
    expect(await names(second.url)).toEqual(['before'])
    expect(await readFile(join(dataDir, 'master.key'), 'utf8')).toBe(key)
  })

  it('stops cleanly on Ctrl-C, which reaches workerd too', async () => {
    const { process: child, url, nextLine, errors } = await start()
    const events = await fetch(`${url}/events`)
    expect(events.status).toBe(200)
    const ended = once(child, 'exit')
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await nextLine()).toBe('stopped')
    expect((await ended)[0]).toBe(0)
    expect(await runtimes()).toEqual([])
    expect(errors()).toBe('')
    await events.body?.cancel().catch(() => undefined)
  })

  it('starts workerd again when that is killed, and loses nothing', async () => {
    const { url } = await start()
    await fetch(`${url}/add?name=kept`)
    const [runtime] = await runtimes()
    kill(runtime?.pid ?? 0)
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const response = await fetch(`${url}/names`)
      if (response.ok) {
        expect(await response.json()).toEqual(['kept'])
        break
      }
      expect(response.status).toBe(503)
      await delay(50)
    }
    const again = await runtimes()
    expect(again).toHaveLength(1)
    expect(again[0]?.pid).not.toBe(runtime?.pid)
  })

  it('ends the workerd that a killed host left behind, and loses nothing', async () => {
    const first = await start()
    await fetch(`${first.url}/add?name=kept`)
    const left = await runtimes()
    expect(left).toHaveLength(1)
    const ended = once(first.process, 'exit')
    first.process.kill('SIGKILL')
    await ended

    const second = await start()
    expect(await names(second.url)).toEqual(['kept'])
    const now = await runtimes()
    expect(now.map(({ pid }) => pid)).not.toContain(left[0]?.pid)
    expect(now).toHaveLength(1)
  })

  it('refuses a data directory that is in use, in one line', async () => {
    const first = await start()
    const second = launch()
    const [code] = await once(second.process, 'close')
    expect(code).toBe(1)
    expect(second.errors()).toBe(
      `The data directory ${dataDir} is in use by the process ${first.process.pid}. Stop it, or choose another directory with --data.\n`,
    )
    expect((await fetch(`${first.url}/hello`)).status).toBe(200)
  })

  it('refuses a port that is in use, in one line, and gives the directory back', async () => {
    const first = await start()
    const port = new URL(first.url).port
    dataDir = join(directory, 'other')
    const second = launch(port)
    const [code] = await once(second.process, 'close')
    expect(code).toBe(1)
    expect(second.errors()).toBe(
      `Port ${port} is in use. Stop what uses it, or choose another with --port.\n`,
    )
    const third = await start()
    expect((await fetch(`${third.url}/hello`)).status).toBe(200)
    for (const { pid } of await runtimes()) kill(pid)
    dataDir = join(directory, 'data')
  })
})
