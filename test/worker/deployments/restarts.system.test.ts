import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { restartHost } from '../../support/host-restart.ts'
import type { RunnerProcess } from '../../support/runner-process.ts'
import { bash, type Engine, startEngine } from './engine.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let engine: Engine
let runner: RunnerProcess
beforeAll(async () => {
  engine = await startEngine()
  runner = await engine.runner('web-1', ['web'])
}, 60_000)
afterAll(() => engine?.stop())

const SCRIPT = `echo "start \${SLIPWAY_REBOOT_COUNT-none}"
if [ "\${SLIPWAY_REBOOT_COUNT-0}" = 0 ]; then sleep 600; fi
echo done`

const started = async (properties: Record<string, string>) => {
  const step = bash('Patch', SCRIPT, {
    properties,
    stepProperties: { 'Octopus.Action.TargetRoles': 'web' },
  })
  const id = await engine.deployment([step])
  await engine.post(`/deeds/${id}/start`)
  return id
}

it('a step that may restart its machine goes on when that has restarted', async () => {
  const id = await started({ 'Slipway.Action.ExpectsReboot': 'True' })
  await engine.saw(id, 'start 0')
  await restartHost(runner, `${id}:1`)
  const { state, texts } = await engine.end(id)
  expect(state).toBe('Success')
  expect(texts.filter(text => /^(start|done)|host restarted|not what/.test(text))).toEqual([
    'start 0',
    'The host restarted while this step ran; it is run again from its start (1 of at most 1).',
    'start 1',
    'done',
  ])
})

it('without that its outcome is unknown, and somebody is asked', async () => {
  const id = await started({})
  await engine.saw(id, 'start none')
  await restartHost(runner, `${id}:1`)
  await expect
    .poll(async () => (await engine.post(`/deeds/${id}/details`)).interruptions?.length)
    .toBe(1)
  const { interruptions } = await engine.post(`/deeds/${id}/details`)
  expect(interruptions[0]).toMatchObject({ kind: 'unknown' })
  expect(JSON.stringify(interruptions)).toContain('host-restarted')
})
