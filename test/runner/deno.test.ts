import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ProtocolServer } from '../support/protocol-server.ts'
import { RunnerProcess } from '../support/runner-process.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const WRAPPER = fileURLToPath(new URL('../../node_modules/.bin/deno', import.meta.url))
/** The program itself: what npm installs starts it as a child, and a signal would end that alone. */
const findDeno = (): string =>
  spawnSync(WRAPPER, ['eval', 'console.log(Deno.execPath())'], { encoding: 'utf8' }).stdout.trim()

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  server = await ProtocolServer.start()
  runner = new RunnerProcess()
  runner.runtime = [findDeno(), 'run', '-A']
  const registered = await runner.command(
    'register',
    '--server',
    server.url,
    '--token',
    server.token(),
  )
  expect(registered).toMatchObject({ code: 0 })
})
afterEach(async () => {
  await runner.remove()
  await server.close()
})

it('runs under Deno: scripts, packages, artifacts, and a step that outlives it', async () => {
  const doctor = await runner.command('doctor')
  expect(doctor.output).toMatch(/^ok {7}Runtime deno \d/m)
  expect(doctor.code).toBe(0)
  await runner.start()
  const script = server.bash(
    'echo "hello #{Target}"; echo all > report.txt; new_octopusartifact "$PWD/report.txt"; exit 3',
    { variables: [{ name: 'Target', value: 'web-1', sensitive: true }] },
  )
  expect(await server.completion(script)).toMatchObject({ outcome: 'failed', exitCode: 3 })
  expect(server.lines(script)[0]).toBe('hello ********')
  expect(server.work(script).artifacts.get('report.txt')?.toString()).toBe('all\n')

  const archive = Buffer.from(zipSync({ 'index.html': Buffer.from('#{Title}') }))
  const sha256 = createHash('sha256').update(archive).digest('hex')
  server.packages.set(sha256, archive)
  const deployed = server.offer({
    actionType: 'Octopus.TentaclePackage',
    properties: {
      'Octopus.Action.Package.PackageId': 'Shop',
      'Octopus.Action.SubstituteInFiles.Enabled': 'True',
      'Octopus.Action.SubstituteInFiles.TargetFiles': '*.html',
      'Octopus.Action.EnabledFeatures':
        'Octopus.Features.SubstituteInFiles,Octopus.Features.CustomScripts',
      'Octopus.Action.CustomScripts.PostDeploy.sh': 'cat index.html',
    },
    variables: [{ name: 'Title', value: 'Shop' }],
    packages: [
      {
        name: '',
        packageId: 'Shop',
        version: '1.0.0',
        extension: '.zip',
        sha256,
        sizeBytes: archive.length,
        extract: true,
      },
    ],
  })
  expect(await server.completion(deployed)).toMatchObject({ outcome: 'succeeded' })
  expect(server.lines(deployed)).toContain('Shop')

  const gate = join(runner.home, 'gate')
  const step = server.bash(
    `echo one; while [ ! -e ${gate} ]; do sleep 0.02; done; echo two; exit 7`,
  )
  await server.until(() => server.lines(step).includes('one'))
  await runner.kill()
  await runner.start()
  expect(runner.output).toContain('found running, adopted')
  writeFileSync(gate, '')
  expect(await server.completion(step)).toMatchObject({ outcome: 'failed', exitCode: 7 })
  expect(server.lines(step).slice(0, 2)).toEqual(['one', 'two'])
  expect(server.work(step).claims).toBe(1)

  const canceled = server.bash('echo ready; sleep 300')
  await server.until(() => server.lines(canceled).includes('ready'))
  server.cancel(canceled)
  expect(await server.completion(canceled)).toMatchObject({ outcome: 'canceled' })
})
