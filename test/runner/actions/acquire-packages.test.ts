import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { publish, zipOf } from '../../support/packages.ts'
import type { ProtocolServer } from '../../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair } from '../../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeAll(async () => {
  ;({ server, runner } = await runningPair())
})
afterAll(() => endPair({ server, runner }))

const acquire = async (packages: ReturnType<typeof publish>[]) => {
  const attempt = server.offer({ actionType: 'Slipway.AcquirePackages', packages, properties: {} })
  const { outcome, reason, outputs } = await server.completion(attempt)
  return { outcome, reason, outputs, lines: server.lines(attempt) }
}
const cached = () =>
  readdirSync(join(runner.home, 'packages')).filter(name => /^[0-9a-f]{64}$/.test(name))

describe('a step that only acquires packages', () => {
  it('brings each into the cache, once, and changes nothing else', async () => {
    const web = publish(server, zipOf({ 'index.html': 'one' }), '.zip', '1.0.0')
    const tools = publish(server, zipOf({ 'tool.sh': 'true' }), '.zip', '2.0.0')
    const { outcome, outputs, lines } = await acquire([web, tools, { ...web, name: 'again' }])
    expect({ outcome, outputs }).toEqual({ outcome: 'succeeded', outputs: null })
    expect(lines.at(-1)).toMatch(/^2 packages \(\d+\.\d MB\) are here and whole\.$/)
    expect(cached().sort()).toEqual([web.sha256, tools.sha256].sort())
    expect(readdirSync(join(runner.home, 'applications'))).toEqual([])
  })

  it('fetches anew what is damaged', async () => {
    const web = publish(server, zipOf({ 'index.html': 'two' }), '.zip', '1.0.1')
    await acquire([web])
    writeFileSync(join(runner.home, 'packages', web.sha256), 'damaged')
    expect(await acquire([web])).toMatchObject({ outcome: 'succeeded' })
  })

  it('fails when one cannot be had', async () => {
    const gone = { ...publish(server, zipOf({ a: '' }), '.zip', '9.9.9'), sha256: 'f'.repeat(64) }
    const { outcome, reason } = await acquire([gone])
    expect(outcome).toBe('failed')
    expect(reason).toContain('9.9.9 could not be fetched')
  })
})
