import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProtocolServer } from '../support/protocol-server.ts'
import { endPair, enrolledPair, type RunnerProcess } from '../support/runner-process.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const NO_ROOM = fileURLToPath(new URL('../support/no-room.mjs', import.meta.url))

/** A mount that only the runner and what it starts can see; some sandboxes do not allow it. */
const MOUNTING = ['unshare', '--user', '--map-root-user', '--mount']
const mayMount = spawnSync('unshare', [...MOUNTING.slice(1), 'mount', '-t', 'tmpfs', 'x', tmpdir()])
const after = (script: string, ...by: string[]) => [...by, 'sh', '-c', `${script}\nexec "$@"`, 'sh']
const onMount = (script: string) => (command: string[]) => [
  ...after(script, ...MOUNTING),
  ...command,
]

type Way = { way: string; start: (runner: RunnerProcess) => Promise<void> }
const gateOf = ({ home }: RunnerProcess) => `${home}-gate`

const onSmallMount: Way = {
  way: 'a small file system of its own',
  start: runner => {
    const spool = join(runner.home, 'attempts')
    return runner.start({}, onMount(`mount -t tmpfs -o size=2m none ${spool}`))
  },
}
const onFullMount: Way = {
  way: 'a full file system of its own',
  start: runner => {
    const { home } = runner
    const gate = gateOf(runner)
    return runner.start(
      {},
      onMount(`cp -a ${home} ${home}-copy; mount -t tmpfs -o size=1m none ${home}
        cp -a ${home}-copy/. ${home}; rm -r ${home}-copy
        cat /dev/zero > ${home}/filler 2>/dev/null; truncate -s -24K ${home}/filler
        (while [ ! -e ${gate} ]; do sleep 0.02; done; rm ${home}/filler ${gate}) &`),
    )
  },
}
const onMounts = (way: Way): Way[] => (mayMount.status === 0 ? [way] : [])

/** Files that may not grow any more, and writes that are refused: these can be had everywhere. */
const withSmallFiles: Way = {
  way: 'files of 2 MiB at most',
  start: runner => runner.start({}, command => [...after('ulimit -f 4096'), ...command]),
}
const withRefusedWrites: Way = {
  way: 'larger writes refused',
  start: runner =>
    runner.start({ NODE_OPTIONS: `--import ${NO_ROOM}`, SLIPWAY_ROOM_FILE: gateOf(runner) }),
}

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await enrolledPair())
})
afterEach(() => endPair({ server, runner }))

describe('a runner on a full disk', () => {
  it.each([withSmallFiles, ...onMounts(onSmallMount)])(
    'lets the step run on, tells its true end, and says what of its log is missing ($way)',
    async ({ start }) => {
      await start(runner)
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
    },
  )

  it.each([withRefusedWrites, ...onMounts(onFullMount)])(
    'takes no work, says why, and takes it when there is room again ($way)',
    async ({ start }) => {
      const { home } = runner
      await start(runner)
      const attempt = server.bash('echo done')
      const problem = `The runner takes no work: it cannot write to ${home}: the disk is full; make room.`
      await server.until(() => server.report?.problem)
      expect(server.report).toMatchObject({ problem })
      expect(runner.output).toContain(problem)
      expect(server.work(attempt).claims).toBe(0)
      writeFileSync(gateOf(runner), '')
      expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
      expect(server.lines(attempt)).toEqual(['done'])
    },
  )
})
