import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listFiles } from '../../../runner/workspace/files.ts'
import { publish, zipOf } from '../../support/packages.ts'
import type { ProtocolServer } from '../../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair, saidBy } from '../../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await runningPair())
})
afterEach(() => endPair({ server, runner }))

const FEATURES = 'Octopus.Features.CustomScripts,Octopus.Features.SubstituteInFiles'
const say = (stage: string) => `echo "packaged ${stage} in $PWD, $(get_octopusvariable Color)"\n`
const SHOP = {
  'index.html': '<h1>#{Color}</h1> #{Missing}',
  'settings/app.json': '{"color": "#{Color}"}',
  'logo.bin': new Uint8Array([0xff, 0x23, 0x7b]),
  'PreDeploy.sh': say('PreDeploy'),
  'deploy.sh': say('Deploy'),
  'PostDeploy.sh': say('PostDeploy').replaceAll('\n', '\r\n'),
  'DeployFailed.sh': say('DeployFailed'),
}

const deploy = (
  files: Parameters<typeof zipOf>[0],
  properties: Record<string, string> = {},
  version = '1.0.0',
) =>
  server.offer({
    actionType: 'Octopus.TentaclePackage',
    packages: [publish(server, zipOf(files), '.zip', version)],
    properties: {
      'Octopus.Action.EnabledFeatures': FEATURES,
      'Octopus.Action.SubstituteInFiles.TargetFiles': 'index.html\nsettings/*.json',
      ...properties,
    },
    variables: [
      { name: 'Color', value: 'green' },
      { name: 'Octopus.Environment.Name', value: 'Production: EU/1' },
    ],
  })

const said = (attempt: string) => saidBy({ server, runner }, attempt)

const FOLDER = 'applications/Production EU1/Shop.Web/1.0.0'

describe('deploying a package', () => {
  it('goes through its stages in the documented order', async () => {
    const attempt = deploy(SHOP, {
      'Octopus.Action.CustomScripts.PreDeploy.sh': 'echo configured PreDeploy; cat index.html',
      'Octopus.Action.CustomScripts.Deploy.sh': 'echo configured Deploy; cat index.html',
      'Octopus.Action.CustomScripts.PostDeploy.sh': 'echo configured PostDeploy #{Color}',
      'Octopus.Action.Package.CustomInstallationDirectory': `${runner.home}/www/#{Color}`,
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual(
      [
        'configured PreDeploy',
        '<h1>#{Color}</h1> #{Missing}',
        `packaged PreDeploy in ~/${FOLDER}, green`,
        'Copying the package to ~/www/green',
        'packaged Deploy in ~/www/green, green',
        'configured Deploy',
        '<h1>green</h1> #{Missing}',
        'packaged PostDeploy in ~/www/green, green',
        'configured PostDeploy green',
      ].flatMap(line => line.split('\n')),
    )
    const www = join(runner.home, 'www/green')
    expect(listFiles(www)).toEqual(['index.html', 'logo.bin', 'settings/app.json'])
    expect(readFileSync(join(www, 'settings/app.json'), 'utf8')).toBe('{"color": "green"}')
    expect([...readFileSync(join(www, 'logo.bin'))]).toEqual([0xff, 0x23, 0x7b])
  })

  it('leaves each version beside the others, and tells where it is', async () => {
    const first = deploy({ a: '1' })
    await server.completion(first)
    const second = deploy({ a: '2' })
    await server.completion(second)
    expect(readFileSync(join(runner.home, FOLDER, 'a'), 'utf8')).toBe('1')
    expect(readFileSync(join(runner.home, `${FOLDER}_1`, 'a'), 'utf8')).toBe('2')
    const journal = readFileSync(join(runner.home, 'deployed.jsonl'), 'utf8').trim().split('\n')
    expect(journal.map(line => JSON.parse(line))).toMatchObject([
      { version: '1.0.0', extractedTo: join(runner.home, FOLDER), wasSuccessful: true },
      { version: '1.0.0', extractedTo: join(runner.home, `${FOLDER}_1`), wasSuccessful: true },
    ])
  })

  it('runs DeployFailed when a stage fails, and fails with the first error', async () => {
    const attempt = deploy({ ...SHOP, 'deploy.sh': 'echo trouble; exit 9' })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'failed', exitCode: 9 })
    expect(said(attempt)).toEqual([
      `packaged PreDeploy in ~/${FOLDER}, green`,
      'trouble',
      `packaged DeployFailed in ~/${FOLDER}, green`,
      'The script exited with code 9.',
    ])
    expect(existsSync(join(runner.home, FOLDER, 'deploy.sh'))).toBe(true)
  })

  it('empties a custom folder but for what is excluded', async () => {
    const www = join(runner.home, 'www')
    mkdirSync(join(www, 'uploads'), { recursive: true })
    writeFileSync(join(www, 'old.html'), '')
    writeFileSync(join(www, 'uploads/photo.jpg'), '')
    const prefix = 'Octopus.Action.Package.CustomInstallationDirectory'
    const attempt = deploy(
      { 'index.html': 'x' },
      {
        [prefix]: www,
        [`${prefix}ShouldBePurgedBeforeDeployment`]: 'True',
        [`${prefix}PurgeExclusions`]: 'uploads/**',
      },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(listFiles(www)).toEqual(['index.html', 'uploads/photo.jpg'])
  })

  it.each([
    { folder: 'relative/path', says: 'must be an absolute path' },
    { folder: '/x/#{Unknown}', says: 'is not known' },
    { folder: '/', says: 'cannot be / itself' },
    { folder: '#{Octopus.Action.Package.InstallationDirectoryPath}/in', says: 'lies inside' },
  ])('refuses the custom folder $folder', async ({ folder, says }) => {
    const attempt = deploy(
      { a: '1' },
      { 'Octopus.Action.Package.CustomInstallationDirectory': folder },
    )
    const { outcome, reason } = await server.completion(attempt)
    expect(outcome).toBe('failed')
    expect(reason).toContain(says)
  })

  it('does nothing again when the version is installed already and the step says so', async () => {
    const skip = { 'Octopus.Action.Package.SkipIfAlreadyInstalled': 'True' }
    await server.completion(deploy({ a: '1' }, skip))
    const attempt = deploy({ a: '1' }, skip)
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual([`Shop.Web 1.0.0 is installed in ~/${FOLDER} already.`])
    expect(existsSync(join(runner.home, `${FOLDER}_1`))).toBe(false)
  })

  it('keeps as many versions as retention says', async () => {
    const keep = { OctopusRetentionPolicyItemsToKeep: '1' }
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      await server.completion(deploy({ a: version }, keep, version))
    const folder = join(runner.home, FOLDER, '..')
    expect(listFiles(folder)).toEqual(['1.0.1/a', '1.0.2/a'])
  })

  it('refuses a package that would leave its folder, and leaves nothing behind', async () => {
    const evil = zipOf({ QQQQQQ: 'x' }).toString('latin1').replaceAll('QQQQQQ', '../bad')
    const attempt = server.offer({
      actionType: 'Octopus.TentaclePackage',
      packages: [publish(server, Buffer.from(evil, 'latin1'))],
    })
    const { outcome, reason } = await server.completion(attempt)
    expect(outcome).toBe('failed')
    expect(reason).toContain('The archive cannot be read')
    expect(listFiles(join(runner.home, 'applications'))).toEqual([])
  })

  it('refuses bytes that are not the package', async () => {
    const granted = publish(server, zipOf({ a: '1' }))
    server.packages.set(granted.sha256, Buffer.alloc(granted.sizeBytes, 'x'))
    const attempt = server.offer({ actionType: 'Octopus.TentaclePackage', packages: [granted] })
    server.cancel(attempt)
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'canceled' })
    expect(listFiles(join(runner.home, 'packages'))).toEqual([])
  })

  it('fetches a package once, and again when its copy is damaged', async () => {
    await server.completion(deploy({ a: '1' }))
    const [sha256] = listFiles(join(runner.home, 'packages')) as [string]
    writeFileSync(join(runner.home, 'packages', sha256), 'damaged')
    expect(await server.completion(deploy({ a: '1' }))).toMatchObject({ outcome: 'succeeded' })
    server.packages.clear()
    const third = server.offer({
      actionType: 'Octopus.TentaclePackage',
      packages: [publish(server, zipOf({ a: '1' }))],
    })
    expect(await server.completion(third)).toMatchObject({ outcome: 'succeeded' })
  })
})
