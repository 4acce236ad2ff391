import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProtocolServer } from '../support/protocol-server.ts'
import { endPair, enrolledPair, type RunnerProcess } from '../support/runner-process.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** A mount that only the runner and what it starts can see; some sandboxes do not allow it. */
const MOUNTING = ['unshare', '--user', '--map-root-user', '--mount']
const mayMount = spawnSync('unshare', [...MOUNTING.slice(1), 'mount', '-t', 'tmpfs', 'x', tmpdir()])
const withShell = (script: string) => (command: string[]) => [
  ...MOUNTING,
  'sh',
  '-c',
  `${script}\nexec "$@"`,
  'sh',
  ...command,
]

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await enrolledPair())
})
afterEach(() => endPair({ server, runner }))

describe.runIf(mayMount.status === 0)('a runner on a full disk', () => {
  it('lets the step run on, tells its true end, and says what of its log is missing', async () => {
    const spool = join(runner.home, 'attempts')
    await runner.start({}, withShell(`mount -t tmpfs -o size=2m none ${spool}`))
    const attempt = server.bash('seq 1 1000000; set_octopusvariable Url http://x; exit 3')
    expect(await server.completion(attempt)).toMatchObject({
      outcome: 'failed',
      exitCode: 3,
      outputs: expect.any(String),
    })
    const records = server.records(attempt)
    const gap = records.find(record => record.gap)?.gap
    expect(gap).toMatchObject({ reason: 'no-space' })
    const numbers = records.map(({ text }) => Number(text)).filter(Number.isInteger)
    expect(numbers).toEqual(numbers.map((_, at) => at + 1))
    // All numbers but those told, and the line that says how the script ended.
    expect((gap?.lines ?? 0) + numbers.length).toBe(1_000_001)
    expect(server.report?.warnings).toEqual([])
  })

  it('takes no work, says why, and takes it when there is room again', async () => {
    const { home } = runner
    const gate = `${home}-gate`
    await runner.start(
      {},
      withShell(`cp -a ${home} ${home}-copy; mount -t tmpfs -o size=1m none ${home}
        cp -a ${home}-copy/. ${home}; rm -r ${home}-copy
        cat /dev/zero > ${home}/filler 2>/dev/null; truncate -s -24K ${home}/filler
        (while [ ! -e ${gate} ]; do sleep 0.02; done; rm ${home}/filler ${gate}) &`),
    )
    const attempt = server.bash('echo done')
    const problem = `The runner takes no work: it cannot write to ${home}: the disk is full; make room.`
    await server.until(() => server.report?.problem)
    expect(server.report).toMatchObject({
      problem,
      warnings: ['Only 0 MiB are free where the runner keeps its files.'],
    })
    expect(runner.output).toContain(problem)
    expect(server.work(attempt).claims).toBe(0)
    writeFileSync(gate, '')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual(['done'])
  })
})
