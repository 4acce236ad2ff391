import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unitText } from '../../runner/service.ts'
import { RunnerProcess } from '../support/runner-process.ts'

it('writes a unit that ends the daemon alone and quotes what needs it', () => {
  const text = unitText('/var/lib/my runner 100%', '/opt/slipway/runner.mjs')
  expect(text).toContain(
    `ExecStart=${process.execPath} /opt/slipway/runner.mjs run --home "/var/lib/my runner 100%%"\n`,
  )
  expect(text).toContain('KillMode=process\n')
  expect(text).toContain('Restart=always\n')
})

describe('a service', () => {
  let folder: string
  let runner: RunnerProcess
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-units-'))
    runner = new RunnerProcess()
    runner.environment = {
      PATH: `${folder}:${process.env.PATH}`,
      SLIPWAY_UNIT_FOLDER: folder,
    }
    // Stands in for systemd: says what it was asked, and that the service is whatever the file says.
    systemctl('[ "$1" = is-active ] && cat "$0.state" && exit 3; echo "systemctl $*"')
    writeFileSync(join(folder, 'systemctl.state'), 'failed\n')
  })
  afterEach(async () => {
    await runner.remove()
    rmSync(folder, { recursive: true })
  })
  const systemctl = (script: string) => {
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, 'systemctl'), 0o755)
  }
  const unit = () => join(folder, 'slipway-runner.service')

  it('is installed, shown and taken away again', async () => {
    expect(await runner.command('service', 'status')).toMatchObject({ code: 1 })
    expect(await runner.command('service', 'install')).toEqual({
      code: 0,
      output:
        'systemctl daemon-reload\nsystemctl enable --now slipway-runner\n' +
        'The service slipway-runner is installed and started.\n',
    })
    expect(readFileSync(unit(), 'utf8')).toContain(` run --home ${runner.home}\n`)
    expect(await runner.command('service', 'status')).toEqual({
      code: 1,
      output: 'The service slipway-runner is failed.\n',
    })
    expect((await runner.command('doctor')).output).toContain('PROBLEM  The service is failed')
    expect(await runner.command('service', 'uninstall')).toMatchObject({ code: 0 })
    expect(existsSync(unit())).toBe(false)
    expect(await runner.command('service', 'uninstall')).toEqual({
      code: 1,
      output: 'There is no service slipway-runner on this machine.\n',
    })
  })

  it('says what to do when it may not be installed, or does not start', async () => {
    systemctl('exit 1')
    expect(await runner.command('service', 'install')).toEqual({
      code: 1,
      output: `${unit()} is written, but systemd did not start it: see \`systemctl status slipway-runner\`.\n`,
    })
    runner.environment = { SLIPWAY_UNIT_FOLDER: join(folder, 'nowhere') }
    const { code, output } = await runner.command('service', 'install')
    expect(code).toBe(1)
    expect(output).toContain('KillMode=process')
    expect(output).toContain('slipway-runner.service as root, then enable the service')
  })

  it('can be printed alone', async () => {
    const { code, output } = await runner.command('service', 'install', '--print')
    expect(code).toBe(0)
    expect(output.startsWith('[Unit]\n')).toBe(true)
    expect(existsSync(unit())).toBe(false)
  })
})
