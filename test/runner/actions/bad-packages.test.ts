import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listFiles } from '../../../runner/workspace/files.ts'
import { rawTar, rawZip } from '../../support/hostile-archives.ts'
import { publish, zipOf } from '../../support/packages.ts'
import { ProtocolServer } from '../../support/protocol-server.ts'
import { RunnerProcess } from '../../support/runner-process.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
let www: string
beforeEach(async () => {
  server = await ProtocolServer.start()
  runner = await RunnerProcess.registered(server)
  www = join(runner.home, 'www')
  mkdirSync(www)
  writeFileSync(join(www, 'index.html'), 'running')
  writeFileSync(join(www, 'old.html'), 'running too')
})
afterEach(async () => {
  await runner.remove()
  await server.close()
})

const PREFIX = 'Octopus.Action.Package'
const deploy = (granted: ReturnType<typeof publish>, properties: Record<string, string> = {}) =>
  server.offer({
    actionType: 'Octopus.TentaclePackage',
    packages: [granted],
    properties: {
      'Octopus.Environment.Name': 'Production',
      [`${PREFIX}.CustomInstallationDirectory`]: www,
      [`${PREFIX}.CustomInstallationDirectoryShouldBePurgedBeforeDeployment`]: 'True',
      ...properties,
    },
  })

/** All that a step could have changed of what others use: names, modes, contents. */
const picture = () =>
  ['www', 'applications'].flatMap(folder =>
    listFiles(join(runner.home, folder), { links: true }).map(name => {
      const path = join(runner.home, folder, name)
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
      return `${path} ${lstatSync(path).mode} ${digest}`
    }),
  )

const SHOP = zipOf({ 'index.html': 'next' })
const published = (bytes: Buffer, extension: string, change = {}) => ({
  ...publish(server, bytes, extension),
  ...change,
})

describe('a package that is no good', () => {
  it('fails the step with a reason, and leaves the target as it was', async () => {
    await runner.start()
    const before = picture()
    const absent = published(SHOP, '.zip', { sha256: 'a'.repeat(64) })
    const other = published(SHOP, '.zip', { sha256: 'b'.repeat(64) })
    server.packages.set('b'.repeat(64), SHOP)
    const cases = [
      { granted: absent, says: /Shop\.Web 1\.0\.0/ },
      { granted: other, says: /Shop\.Web 1\.0\.0.*SHA-256/s },
      { granted: published(SHOP, '.zip', { sizeBytes: 5 }), says: /Shop\.Web 1\.0\.0.*bytes/s },
      { granted: published(Buffer.from('no zip'), '.zip'), says: /The archive cannot be read/ },
      { granted: published(SHOP.subarray(0, 60), '.zip'), says: /The archive cannot be read/ },
      { granted: published(SHOP, '.tar.gz'), says: /The archive cannot be read/ },
      { granted: published(SHOP, '.tar.xz'), says: /of the kind \.tar\.xz cannot be extracted/ },
      {
        granted: published(rawTar([{ name: '../../www/index.html', body: 'evil' }]), '.tar'),
        says: /would leave its folder/,
      },
      {
        granted: published(
          rawZip([
            { name: 'a', body: 'x' },
            { name: 'a/b', body: 'x' },
          ]),
          '.zip',
        ),
        says: /both a file and a folder/,
      },
    ]
    for (const { granted, says } of cases) {
      const { outcome, reason } = await server.completion(deploy(granted))
      expect({ outcome, reason }).toEqual({
        outcome: 'failed',
        reason: expect.stringMatching(says),
      })
      expect(picture()).toEqual(before)
    }
    const good = await server.completion(deploy(published(SHOP, '.zip')))
    expect(good.outcome).toBe('succeeded')
    expect(readFileSync(join(www, 'index.html'), 'utf8')).toBe('next')
  })
})

const SKIP = { OctopusSkipFreeDiskSpaceCheck: 'True' }

/** A mount that only the runner and what it starts can see; some sandboxes do not allow it. */
const MOUNTING = ['unshare', '--user', '--map-root-user', '--mount']
const mayMount = spawnSync('unshare', [...MOUNTING.slice(1), 'mount', '-t', 'tmpfs', 'x', tmpdir()])

describe.runIf(mayMount.status === 0)('a package that does not fit', () => {
  const start = (mounts: string) =>
    runner.start({}, command => [...MOUNTING, 'sh', '-c', `${mounts}\nexec "$@"`, 'sh', ...command])
  const seen = async (folder: string) => {
    const attempt = server.bash(`cd ${folder} && find . | sort; grep -r . | sort`)
    await server.completion(attempt)
    return server.lines(attempt)
  }

  it('into the custom folder is refused before anything there is touched', async () => {
    await start(
      `cp -a ${www} ${www}-copy; mount -t tmpfs -o size=256k none ${www}; cp -a ${www}-copy/. ${www}`,
    )
    const before = await seen(www)
    const bytes = zipOf({ 'index.html': 'next', 'large.bin': randomBytes(600_000) })
    const { outcome, reason } = await server.completion(deploy(published(bytes, '.zip')))
    expect({ outcome, reason }).toEqual({
      outcome: 'failed',
      reason: expect.stringMatching(
        /^Too little space for the package in .*www: expected 586 KiB more, found \d+ KiB free\. Nothing there has been touched; free some space and deploy again\.$/,
      ),
    })
    expect(await seen(www)).toEqual(before)
    expect(before).toContain('index.html:running')
  })

  it('is deployed where the applications have a file system of their own', async () => {
    await start(`mount -t tmpfs -o size=2m none ${join(runner.home, 'applications')}`)
    const { outcome } = await server.completion(deploy(published(SHOP, '.zip'), SKIP))
    expect(outcome).toBe('succeeded')
    expect(await seen(join(runner.home, 'applications'))).toEqual([
      '.',
      './Production',
      './Production/Shop.Web',
      './Production/Shop.Web/1.0.0',
      './Production/Shop.Web/1.0.0/index.html',
      'Production/Shop.Web/1.0.0/index.html:next',
    ])
  })

  it('into the applications leaves nothing of itself, and what runs alone', async () => {
    await start(`mount -t tmpfs -o size=512k none ${join(runner.home, 'applications')}`)
    const bytes = zipOf({ 'large.bin': randomBytes(900_000) })
    const { outcome, reason } = await server.completion(deploy(published(bytes, '.zip'), SKIP))
    expect({ outcome, reason }).toMatchObject({ outcome: 'failed' })
    expect({ reason }).toEqual({
      reason: expect.stringMatching(
        /: there is no room left on the disk\. Nothing of it is left\./,
      ),
    })
    expect(await seen(join(runner.home, 'applications'))).toEqual([
      '.',
      './Production',
      './Production/Shop.Web',
    ])
    expect(readFileSync(join(www, 'index.html'), 'utf8')).toBe('running')
  })
})
