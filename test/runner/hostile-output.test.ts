import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LogRecord } from '../../runner/protocol/log-record.ts'
import type { ProtocolServer } from '../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair } from '../support/runner-process.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await runningPair())
})
afterEach(() => endPair({ server, runner }))

/** The most memory a process has ever had, in MiB. */
const peakOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** The bytes that a script wrote, from records that may be escaped and cut. */
const bytesOf = (records: readonly LogRecord[]): Buffer =>
  Buffer.concat(
    records.flatMap(({ text, escaped, continued }, at) => [
      ...(continued || at === 0 ? [] : [Buffer.from('\n')]),
      escaped ? bytesIn(text) : Buffer.from(text),
    ]),
  )
const bytesIn = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/(\\x[0-9a-f]{2}|\\\\)/)
      .map(part =>
        part.startsWith('\\x')
          ? Buffer.from(part.slice(2), 'hex')
          : Buffer.from(part === '\\\\' ? '\\' : part),
      ),
  )

describe('a step that prints', () => {
  it('far more than is kept ends as it ends, and takes no memory for it', async () => {
    const attempt = server.bash(
      'echo first; yes "a line of some length, number after number" | head -c 120000000; echo; echo last; sleep 0.3; exit 4',
    )
    await server.until(() => server.lines(attempt).includes('first'))
    const supervisor = runner.supervisorOf(attempt)
    const peaks = setInterval(() => {
      try {
        peak = Math.max(peak, peakOf(supervisor))
      } catch {}
    }, 20)
    let peak = 0
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'failed', exitCode: 4 })
    clearInterval(peaks)
    expect(peak).toBeGreaterThan(40)
    expect(peak).toBeLessThan(150)
    expect(peakOf(runner.pid)).toBeLessThan(150)
    const records = server.records(attempt)
    const gap = records.find(record => record.gap)?.gap
    expect(gap).toMatchObject({ reason: 'too-long', lines: expect.any(Number) })
    expect(records.at(-2)?.text).toBe('last')
    const printed = 120_000_000 / 'a line of some length, number after number\n'.length
    // All lines but the kept ones; the gap's own record and the runner's word at the end are no output.
    expect((gap?.lines ?? 0) + records.length - 2).toBe(Math.ceil(printed) + 2)
  })

  it('one line of 50 MB is cut into records, with no secret shown where it is cut', async () => {
    const secret = 'hunter2-s3cr3t-value'
    const file = join(runner.home, 'line')
    // Wherever a record or a chunk ends, a secret lies astride it.
    writeFileSync(file, `${'x'.repeat(1_017)}${secret}`.repeat(50_000))
    const attempt = server.bash(`cat ${file}; exit 0`, {
      variables: [{ name: 'Pw', value: secret, sensitive: true }],
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    const records = server.records(attempt)
    expect(records.every(({ text }) => Buffer.byteLength(text) <= 16_384)).toBe(true)
    expect(records.slice(1).every(({ continued }) => continued)).toBe(true)
    const whole = records.map(({ text }) => text).join('')
    expect(whole).toBe(`${'x'.repeat(1_017)}********`.repeat(50_000))
  })

  it('what is no text is written down so that its bytes can be had back', async () => {
    const bytes = Buffer.concat([
      randomBytes(200_000),
      Buffer.from([0, 0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x0a, 0x5c, 0x78, 0x34, 0x31]),
    ])
    const file = join(runner.home, 'bytes')
    writeFileSync(file, bytes)
    const attempt = server.bash(`cat ${file}`)
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(bytesOf(server.records(attempt)).equals(bytes)).toBe(true)
  })

  it('what a terminal would obey is kept as it was sent', async () => {
    const text = '\u001b[31mred\u001b[0m \u001b]0;title\u0007\u001b[2J\r10%\r20%\u0008'
    const attempt = server.bash(
      String.raw`printf '\033[31mred\033[0m \033]0;title\007\033[2J\r10%%\r20%%\b\n'`,
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual([text])
  })

  it('messages that it has no right to send is heard only where messages are heard', async () => {
    const encoded = (value: string) => Buffer.from(value).toString('base64')
    const set = `##octopus[setVariable name='${encoded('Evil')}' value='${encoded('yes')}']`
    const attempt = server.bash(
      [
        `echo "${set}" >&2`,
        `echo "said by others: ${set}"`,
        `echo "##octopus[delete-target machine='${encoded('web-1')}']"`,
        `echo "##octopus[createArtifact path='${encoded('/etc/shadow')}' name='${encoded('x')}']"`,
        `echo "##octopus[createArtifact path='${encoded(`${runner.home}/key.pem`)}' name='${encoded('k')}']"`,
        `echo "##octopus[setVariable name='${encoded('n'.repeat(2_000))}' value='${encoded('x')}']"`,
        'echo done',
      ].join('\n'),
    )
    const completion = await server.completion(attempt)
    expect(completion).toMatchObject({ outcome: 'succeeded', outputs: null })
    expect(completion.artifacts).toBeUndefined()
    expect(server.work(attempt).artifacts.size).toBe(0)
    expect(server.lines(attempt)).toContain('done')
    expect(server.lines(attempt)).toContain(`said by others: ${set}`)
  })
})
