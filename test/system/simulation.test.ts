import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const RUN = fileURLToPath(new URL('../simulation/run.ts', import.meta.url))

/** The same seeds every time, so that a failure here is a failure everywhere. */
it('keeps every promise in 10,000 schedules of faults, each of them met often', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [RUN, '--schedules', '10000', '--seed', '1'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  expect(`${stdout.slice(0, 20_000)}${stderr}`, 'see what the simulator says').toContain(
    '"violations": 0',
  )
  expect(status).toBe(0)
}, 900_000)
