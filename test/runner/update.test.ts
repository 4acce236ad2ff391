import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openHome } from '../../runner/home.ts'
import { launch } from '../../runner/launcher.ts'
import { releaseMessage } from '../../runner/protocol/release.ts'
import { readUpdate, writeUpdate } from '../../runner/update.ts'
import { runnerFile } from '../support/build-runner.ts'
import type { ProtocolServer } from '../support/protocol-server.ts'
import { endPair, enrolledPair, type RunnerProcess } from '../support/runner-process.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
let program: string
beforeEach(async () => {
  ;({ server, runner } = await enrolledPair())
  program = join(runner.home, 'runner.mjs')
  copyFileSync(await runnerFile(), program)
  runner.program = program
})
afterEach(() => endPair({ server, runner }))

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const newer = () => `${readFileSync(program, 'utf8')}\n// newer\n`
const announce = (text: string, more: object = {}) => {
  server.program = text
  server.release = { version: '9.9.9', sha256: digest(text), ...more }
}
/** Waits until the runner has said so. */
const said = (text: string) => expect.poll(() => runner.output, { timeout: 30_000 }).toContain(text)
const state = () => readUpdate(openHome(runner.home))

describe('a runner that is offered a new program', () => {
  it('takes its place by it, and carries on', async () => {
    const text = newer()
    const before = readFileSync(program, 'utf8')
    announce(text)
    await runner.start()
    await said('Updated to 9.9.9; starting it.')
    await expect.poll(() => state()?.state, { timeout: 30_000 }).toBe('good')
    expect(readFileSync(program, 'utf8')).toBe(text)
    expect(readFileSync(`${program}.previous`, 'utf8')).toBe(before)
    const attempt = server.bash('echo done')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    await runner.kill('SIGTERM')
    expect(runner.output).toContain('Stopped by SIGTERM')
  })

  it('goes back when the new one does not reach the server, says why, and tries it only once', async () => {
    const before = readFileSync(program, 'utf8')
    announce('process.exit(3)')
    await runner.start()
    const reason = 'it ended with code 3 before it reached the server'
    await said(`The update is taken back: ${reason}.`)
    await server.until(() => server.report?.warnings[0])
    expect(server.report?.warnings).toEqual([`The update to 9.9.9 was taken back: ${reason}.`])
    expect(readFileSync(program, 'utf8')).toBe(before)
    expect(state()).toMatchObject({ state: 'failed', reason })
    const attempt = server.bash('echo done')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(runner.output.split('Updated to').length).toBe(2)
  })

  it.each([
    {
      when: 'is not what was announced',
      settings: {},
      release: { sha256: '0'.repeat(64) },
      why: 'announced was 000',
    },
    {
      when: 'is not signed, but a key is pinned',
      settings: { releaseKey: 'A'.repeat(43) },
      release: {},
      why: 'is not signed with the key that is pinned here',
    },
  ])('does not take one that $when', async ({ settings, release, why }) => {
    configure(settings)
    announce(newer(), release)
    await runner.start()
    await said('No update: ')
    expect(runner.output).toContain(why)
    expect(existsSync(`${program}.new`)).toBe(false)
    expect(state()).toBeUndefined()
  })

  it('takes one that is signed with the pinned key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    configure({ releaseKey: publicKey.export({ format: 'jwk' }).x })
    const text = newer()
    const signature = sign(null, releaseMessage(digest(text)), privateKey).toString('base64url')
    announce(text, { signature })
    await runner.start()
    await expect.poll(() => state()?.state, { timeout: 30_000 }).toBe('good')
  })

  it.each([
    { when: 'when it is told not to', prepare: () => configure({ updates: false }) },
    {
      when: 'when its program is not its own',
      prepare: async () => {
        runner.program = await runnerFile()
      },
    },
  ])('leaves its program alone $when', async ({ prepare }) => {
    await prepare()
    announce(newer())
    await runner.start()
    const attempt = server.bash('echo done')
    await server.completion(attempt)
    expect(runner.output).not.toContain('pdate')
  })

  it('adopts a step that an older version has begun', async () => {
    await runner.start()
    const gate = join(runner.home, 'gate')
    const attempt = server.bash(`echo one; while [ ! -e ${gate} ]; do sleep 0.02; done; echo two`)
    await server.until(() => server.lines(attempt).includes('one'))
    await runner.kill()
    writeFileSync(program, newer())
    await runner.start()
    writeFileSync(gate, '')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual(['one', 'two'])
    expect(server.work(attempt).claims).toBe(1)
  })
})

describe('a launcher', () => {
  it('gives a version that stays silent a bounded time', async () => {
    const home = openHome(runner.home)
    copyFileSync(program, `${program}.previous`)
    writeFileSync(`${program}.previous`, 'process.exit(0)')
    writeFileSync(program, 'setInterval(() => {}, 1000)')
    writeUpdate(home, { state: 'trying', version: '9.9.9', sha256: '0'.repeat(64) })
    const lines: string[] = []
    const say = (line: string) => lines.push(line)
    expect(await launch({ home, program, say, gateMs: 500 })).toBe(0)
    expect(lines).toEqual(['The update is taken back: it did not reach the server within 0.5 s.'])
  })
})

const configure = (settings: object) => {
  const path = join(runner.home, 'runner.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...settings }))
}
