import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client/http'
import { afterAll, beforeAll, expect, it } from 'vitest'

const CHILD = fileURLToPath(new URL('./serve-in-child.ts', import.meta.url))
const WRITERS = 8
let directory: string
let running: ChildProcess | undefined

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-durability-'))
})
afterAll(async () => {
  running?.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

const start = async (): Promise<{ url: string; token: string }> => {
  running = spawn(process.execPath, [CHILD, join(directory, 'test.db')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (running.stdout === null) throw new Error('The child has no output')
  const [line] = await once(createInterface(running.stdout), 'line')
  return JSON.parse(String(line))
}

it('loses nothing it has acknowledged when it is killed in the middle of writing', async () => {
  const acknowledged: string[] = []
  for (let round = 0; round < 5; round += 1) {
    const { url, token } = await start()
    const db = createClient({ url, authToken: token, concurrency: WRITERS })
    await db.execute('CREATE TABLE IF NOT EXISTS written (key TEXT PRIMARY KEY)')

    const child = running
    const killAt = acknowledged.length + 100 + round * 37
    const ended = child && once(child, 'exit')
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; n < 10_000; n += 1) {
        const key = `${round}-${writer}-${n}`
        try {
          await db.execute({ sql: 'INSERT INTO written VALUES (?)', args: [key] })
        } catch {
          return
        }
        acknowledged.push(key)
        if (acknowledged.length === killAt) child?.kill('SIGKILL')
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    await ended
    db.close()
  }
  const { url, token } = await start()
  const db = createClient({ url, authToken: token })
  const { rows } = await db.execute('SELECT key FROM written')
  const kept = new Set(rows.map(row => String(row.key)))
  expect(acknowledged.filter(key => !kept.has(key))).toEqual([])
  expect((await db.execute('PRAGMA integrity_check')).rows[0]?.integrity_check).toBe('ok')
  db.close()
}, 60_000)
