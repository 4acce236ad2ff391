import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { publish, zipOf } from '../../support/packages.ts'
import type { ProtocolServer } from '../../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair } from '../../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await runningPair())
})
afterEach(() => endPair({ server, runner }))

const deploy = (wish: string | undefined, version: string) =>
  server.offer({
    actionType: 'Octopus.TentaclePackage',
    packages: [publish(server, zipOf({ 'app.conf': '#{Color} #{Missing}' }), '.zip', version)],
    properties: {
      'Octopus.Action.EnabledFeatures': 'Octopus.Features.SubstituteInFiles',
      'Octopus.Action.SubstituteInFiles.TargetFiles': 'app.conf',
    },
    variables: [
      { name: 'Color', value: 'green' },
      { name: 'Octopus.Environment.Name', value: 'Production' },
      ...(wish === undefined
        ? []
        : [{ name: 'OctopusShouldFailDeploymentOnSubstitutionFails', value: wish }]),
    ],
  })

describe('a token without a value in a file', () => {
  it('stays as it is written, unless OctopusShouldFailDeploymentOnSubstitutionFails says otherwise', async () => {
    for (const [wish, version] of [
      [undefined, '1.0.0'],
      ['False', '1.1.0'],
    ] as const) {
      expect(await server.completion(deploy(wish, version))).toMatchObject({ outcome: 'succeeded' })
      const path = `applications/Production/Shop.Web/${version}/app.conf`
      expect(readFileSync(join(runner.home, path), 'utf8')).toBe('green #{Missing}')
    }
    const { outcome, reason } = await server.completion(deploy('True', '2.0.0'))
    expect(outcome).toBe('failed')
    expect(reason).toContain('app.conf')
    expect(reason).toContain('#{Missing}')
  })
})
