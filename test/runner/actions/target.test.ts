import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { GrantedPackage } from '../../../runner/protocol/messages.ts'
import { listFiles } from '../../../runner/workspace/files.ts'
import { compressed } from '../../support/compress.ts'
import { rawTar } from '../../support/hostile-archives.ts'
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

const PREFIX = 'Octopus.Action.Package'
const CUSTOM = `${PREFIX}.CustomInstallationDirectory`

type Files = Parameters<typeof zipOf>[0]
const deploy = (
  files: Files | GrantedPackage,
  properties: Record<string, string> = {},
  version = '1.0.0',
) =>
  server.offer({
    actionType: 'Octopus.TentaclePackage',
    packages: [isGranted(files) ? files : publish(server, zipOf(files), '.zip', version)],
    properties,
    variables: [
      { name: 'Color', value: 'green' },
      { name: 'Octopus.Environment.Name', value: 'Production' },
    ],
  })
const isGranted = (value: Files | GrantedPackage): value is GrantedPackage => 'sha256' in value

const said = (attempt: string) => saidBy({ server, runner }, attempt)

const versions = () => join(runner.home, 'applications/Production/Shop.Web')
const bzip2 = (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })

describe('a package on its target', () => {
  it('is deployed whatever kind of archive it is', async () => {
    const tar = rawTar([
      { name: 'index.html', body: '#{Color}' },
      { name: 'Deploy.sh', body: 'cat index.html; echo' },
    ])
    const zip = zipOf({ 'index.html': '#{Color}', 'Deploy.sh': 'cat index.html; echo' })
    const kinds: [string, Buffer][] = [
      ['.zip', zip],
      ['.nupkg', zip],
      ['.jar', zip],
      ['.war', zip],
      ['.tar', tar],
      ['.tar.gz', gzipSync(tar)],
      ['.tgz', gzipSync(tar)],
      ['.tar.bz2', bzip2(tar)],
      ['.tar.Z', compressed(tar)],
    ]
    const attempts = kinds.map(([extension, bytes], index) =>
      deploy(publish(server, bytes, extension, `1.0.${index}`), {
        'Octopus.Action.EnabledFeatures': 'Octopus.Features.SubstituteInFiles',
        'Octopus.Action.SubstituteInFiles.TargetFiles': 'index.html',
      }),
    )
    for (const attempt of attempts) {
      expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
      expect(said(attempt)).toEqual(['green'])
    }
    expect(listFiles(versions())).toEqual(kinds.map((_, index) => `1.0.${index}/index.html`))
  })

  it('of a kind that cannot be extracted is refused by its name', async () => {
    const attempt = deploy(publish(server, Buffer.from('x'), '.tar.xz'))
    const { outcome, reason } = await server.completion(attempt)
    expect(outcome).toBe('failed')
    expect(reason).toContain('Packages of the kind .tar.xz cannot be extracted; use .nupkg, .zip')
    expect(existsSync(versions())).toBe(false)
  })

  it('replaces a custom folder but for what is excluded, and empty folders go', async () => {
    const www = join(runner.home, 'www')
    for (const folder of ['uploads/2026', 'old/deep', 'logs']) {
      mkdirSync(join(www, folder), { recursive: true })
      writeFileSync(join(www, folder, 'file.txt'), '')
    }
    writeFileSync(join(runner.home, 'outside.txt'), 'kept')
    symlinkSync(join(runner.home, 'outside.txt'), join(www, 'link.txt'))
    const attempt = deploy(
      { 'index.html': 'new' },
      {
        [CUSTOM]: www,
        [`${CUSTOM}ShouldBePurgedBeforeDeployment`]: 'True',
        [`${CUSTOM}PurgeExclusions`]: 'uploads\nlogs/*.txt',
      },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(listFiles(www, { links: true })).toEqual([
      'index.html',
      'logs/file.txt',
      'uploads/2026/file.txt',
    ])
    expect(existsSync(join(www, 'old'))).toBe(false)
    expect(readFileSync(join(runner.home, 'outside.txt'), 'utf8')).toBe('kept')
  })

  it('is found installed although another version came after it', async () => {
    const skip = { [`${PREFIX}.SkipIfAlreadyInstalled`]: 'True' }
    for (const version of ['1.0.0', '2.0.0'])
      await server.completion(deploy({ a: version }, skip, version))
    const again = deploy({ a: '1.0.0' }, skip, '1.0.0')
    await server.completion(again)
    expect(said(again)).toEqual([
      'Shop.Web 1.0.0 is installed in ~/applications/Production/Shop.Web/1.0.0 already.',
    ])
  })

  it('is deployed again where its custom folder holds another version by now', async () => {
    const www = join(runner.home, 'www')
    const skip = { [`${PREFIX}.SkipIfAlreadyInstalled`]: 'True', [CUSTOM]: www }
    for (const version of ['1.0.0', '2.0.0'])
      await server.completion(deploy({ a: version }, skip, version))
    const back = deploy({ a: '1.0.0' }, skip, '1.0.0')
    await server.completion(back)
    expect(said(back)[0]).toBe('~/www holds Shop.Web 2.0.0 by now: deployed again.')
    expect(readFileSync(join(www, 'a'), 'utf8')).toBe('1.0.0')
  })

  it('is tried again after it failed, and knows what was there before', async () => {
    const skip = { [`${PREFIX}.SkipIfAlreadyInstalled`]: 'True' }
    const previous = ['PreviousInstallation', 'PreviousSuccessfulInstallation']
      .map(
        kind =>
          `echo "${kind} $(get_octopusvariable Octopus.Tentacle.${kind}.PackageVersion) in $(basename "$(get_octopusvariable Octopus.Tentacle.${kind}.OriginalInstalledPath)")"`,
      )
      .join('\n')
    await server.completion(deploy({ a: '1' }, skip))
    await server.completion(deploy({ 'Deploy.sh': 'exit 1' }, skip, '2.0.0'))
    const again = deploy({ 'Deploy.sh': previous }, skip, '2.0.0')
    await server.completion(again)
    expect(said(again)).toEqual([
      'Shop.Web 2.0.0 was deployed here without success: it is tried again.',
      'PreviousInstallation 2.0.0 in 2.0.0',
      'PreviousSuccessfulInstallation 1.0.0 in 1.0.0',
    ])
  })

  it('ends early and well when a script says so, and later stages do not run', async () => {
    const attempt = deploy({
      'PreDeploy.sh': 'set_octopusvariable Octopus.Action.SkipRemainingConventions True',
      'Deploy.sh': 'echo deployed',
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual([])
  })

  it('runs none of its scripts when told not to, and keeps them', async () => {
    const attempt = deploy({ 'Deploy.sh': 'echo deployed' }, { [`${PREFIX}.RunScripts`]: 'False' })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual([])
    expect(listFiles(versions())).toEqual(['1.0.0/Deploy.sh'])
  })

  it('keeps its scripts when told to, and runs one of several', async () => {
    const files = {
      'deploy.PY': 'print("py")',
      'Deploy.sh': 'echo sh',
      'DeployFailed.sh': 'exit 1',
    }
    const kept = deploy(files, { OctopusDeleteScriptsOnCleanup: 'False' })
    await server.completion(kept)
    expect(said(kept)).toEqual(['sh'])
    expect(listFiles(versions())).toEqual(
      ['Deploy.sh', 'DeployFailed.sh', 'deploy.PY'].map(n => `1.0.0/${n}`),
    )
    const removed = deploy(files, {}, '2.0.0')
    await server.completion(removed)
    expect(listFiles(join(versions(), '2.0.0'))).toEqual([])
  })

  it('reaches additional folders with its file features', async () => {
    const shared = join(runner.home, 'shared')
    mkdirSync(shared)
    writeFileSync(join(shared, 'shared.conf'), 'color=#{Color}')
    const attempt = deploy(
      { 'app.conf': 'x=#{Color}', 'sub/app.conf': 'y=#{Color}' },
      {
        'Octopus.Action.EnabledFeatures': 'Octopus.Features.SubstituteInFiles',
        'Octopus.Action.SubstituteInFiles.TargetFiles': '*.conf',
        'Octopus.Action.AdditionalPaths': `${shared}\nsub`,
      },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(readFileSync(join(shared, 'shared.conf'), 'utf8')).toBe('color=green')
    expect(readFileSync(join(versions(), '1.0.0/sub/app.conf'), 'utf8')).toBe('y=green')
  })

  it('writes files in the encoding the step wants, and warns of one it does not know', async () => {
    const features = {
      'Octopus.Action.EnabledFeatures': 'Octopus.Features.SubstituteInFiles',
      'Octopus.Action.SubstituteInFiles.TargetFiles': 'a.txt',
    }
    const wide = { ...features, 'Octopus.Action.SubstituteInFiles.OutputEncoding': 'utf-16' }
    await server.completion(deploy({ 'a.txt': '#{Color}' }, wide))
    expect(readFileSync(join(versions(), '1.0.0/a.txt')).toString('utf16le')).toBe('\ufeffgreen')
    const odd = { ...features, 'Octopus.Action.SubstituteInFiles.OutputEncoding': 'klingon' }
    const attempt = deploy({ 'a.txt': '#{Color}' }, odd, '2.0.0')
    await server.completion(attempt)
    expect(said(attempt)).toEqual([
      'klingon is no encoding known here: files keep the one they have.',
    ])
    expect(readFileSync(join(versions(), '2.0.0/a.txt'), 'utf8')).toBe('green')
  })

  it('is not begun without the room it takes, unless the step says otherwise', async () => {
    const far = { OctopusFreeDiskSpaceOverrideInMegaBytes: '1000000000' }
    const { outcome, reason } = await server.completion(deploy({ a: '1' }, far))
    expect(outcome).toBe('failed')
    expect(reason).toContain('Too little space for Shop.Web')
    expect(existsSync(versions())).toBe(false)
    const anyway = deploy({ a: '1' }, { ...far, OctopusSkipFreeDiskSpaceCheck: 'True' })
    expect(await server.completion(anyway)).toMatchObject({ outcome: 'succeeded' })
  })

  it('leaves what retention must not touch: custom folders, and those of other steps', async () => {
    const www = join(runner.home, 'www')
    const keep = { OctopusRetentionPolicyItemsToKeep: '0', [CUSTOM]: www }
    const other = { ...keep, OctopusRetentionPolicySet: 'another step' }
    await server.completion(deploy({ a: '1' }, other, '1.0.0'))
    await server.completion(deploy({ b: '1' }, keep, '2.0.0'))
    await server.completion(deploy({ b: 'x', 'PreDeploy.sh': 'exit 1' }, keep, '2.5.0'))
    await server.completion(deploy({ b: '2' }, keep, '3.0.0'))
    expect(listFiles(versions())).toEqual(['1.0.0/a', '3.0.0/b'])
    expect(listFiles(www)).toEqual(['a', 'b'])
  })

  it('fails on text on the error output only if the step says so', async () => {
    const files = { 'Deploy.sh': 'echo oops >&2' }
    expect(await server.completion(deploy(files))).toMatchObject({ outcome: 'succeeded' })
    const strict = deploy(files, { 'Octopus.Action.FailScriptOnErrorOutput': 'True' }, '2.0.0')
    expect(await server.completion(strict)).toMatchObject({ outcome: 'failed', exitCode: -1 })
  })
})
