import { createDecipheriv, createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OutputVariable } from '../../runner/protocol/messages.ts'
import { appears, becomes } from '../support/appears.ts'
import type { ProtocolServer } from '../support/protocol-server.ts'
import { endPair, enrolledPair, RunnerProcess } from '../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeEach(async () => {
  ;({ server, runner } = await enrolledPair())
})
afterEach(() => endPair({ server, runner }))

const unseal = (sealed: string): OutputVariable[] => {
  const [iv, rest] = sealed.split('.').map(part => Buffer.from(part, 'base64')) as [Buffer, Buffer]
  const cipher = createDecipheriv('aes-256-gcm', Buffer.from(server.outputsKey, 'base64'), iv)
  cipher.setAuthTag(rest.subarray(-16))
  return JSON.parse(cipher.update(rest.subarray(0, -16)).toString() + cipher.final().toString())
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

describe('a runner', () => {
  it('keeps its key and its folders to itself', () => {
    expect(statSync(join(runner.home, 'key.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(runner.home).mode & 0o777).toBe(0o700)
    expect(statSync(join(runner.home, 'work')).mode & 0o777).toBe(0o700)
  })

  it('writes down nothing that others may read, whatever the machine’s habits are', async () => {
    const habit = (command: string[]) => ['sh', '-c', 'umask 000; exec "$@"', 'sh', ...command]
    await runner.start({}, habit)
    const gate = join(runner.home, 'gate')
    const attempt = server.bash(
      `echo one > a.txt; new_octopusartifact "$PWD/a.txt"; echo ready; while [ ! -e ${gate} ]; do sleep 0.02; done`,
    )
    await server.until(() => server.lines(attempt).includes('ready'))
    const open = () =>
      filesBelow(runner.home).filter(
        path => !path.endsWith('/a.txt') && (statSync(path).mode & 0o077) !== 0,
      )
    expect(open()).toEqual([])
    server.sealsAtOnce = false
    server.isDown = true
    writeFileSync(gate, '', { mode: 0o600 })
    const kept = join(runner.home, 'attempts', attempt.replace(':', '_'), 'artifacts')
    await becomes(join(kept, '..', 'exit.json'), 'there')
    expect(filesBelow(kept)).toHaveLength(1)
    expect(open()).toEqual([])
    for (const folder of ['attempts', 'work', 'packages', 'applications'])
      expect(statSync(join(runner.home, folder)).mode & 0o777).toBe(0o700)
    server.isDown = false
    await server.completion(attempt)
  })

  it('registers with a token once, and says what is wrong otherwise', async () => {
    const other = new RunnerProcess()
    const token = server.token()
    const address = ['--server', server.url]
    expect((await other.command('register', ...address, '--token', token)).code).toBe(0)
    const again = new RunnerProcess()
    const refused = await again.command('register', ...address, '--token', token)
    expect(refused.code).toBe(1)
    expect(refused.output).toContain('the token is not known or has been used')
    expect((await other.command('register', ...address, '--token', token)).output).toContain(
      'is registered already',
    )
    expect((await again.command('run')).output).toContain('is not registered')
    expect((await again.command('sing')).code).toBe(2)
    await other.remove()
    await again.remove()
  })

  it('carries out a script: output, levels, variables, exit code', async () => {
    await runner.start()
    const attempt = server.bash(
      'echo "hello #{Target}"; write_warning careful; echo oops >&2; set_octopusvariable Url http://x\n' +
        'set_octopusvariable Key k3y-abcd -sensitive; echo k3y-abcd; fail_step "no luck"',
      { variables: [{ name: 'Target', value: 'web-1' }] },
    )
    const completion = await server.completion(attempt)
    expect(completion).toMatchObject({
      outcome: 'failed',
      exitCode: 1,
      signal: null,
      reason: 'no luck',
      warnings: true,
    })
    const records = server.records(attempt).map(({ level, text }) => `${level} ${text}`)
    expect(records.filter(record => !record.startsWith('error oops'))).toEqual([
      'info hello web-1',
      'warning careful',
      'info ********',
      'error no luck',
    ])
    expect(records).toContain('error oops')
    const log = server.work(attempt).log
    expect(completion.finalOffset).toBe(log.length)
    expect(completion.sha256).toBe(createHash('sha256').update(log).digest('hex'))
    expect(unseal(completion.outputs as string)).toEqual([
      { name: 'Url', value: 'http://x', sensitive: false },
      { name: 'Key', value: 'k3y-abcd', sensitive: true },
    ])
  })

  it('gives scripts the exact bytes of every variable', async () => {
    await runner.start()
    const value = `'"$(touch evil)\`touch evil\`\n%0a -n \\ ünï€ ${'x'.repeat(200_000)}`
    const attempt = server.bash(
      'get_octopusvariable "it\'s" | sha256sum; ls; tr "\\0" "\\n" < /proc/$$/environ | grep -c evil || true',
      { variables: [{ name: "it's", value }] },
    )
    await server.completion(attempt)
    const digest = createHash('sha256').update(value).digest('hex')
    expect(server.lines(attempt)).toEqual([`${digest}  -`, '0'])
  })

  it('writes no secret to its disk and shows none', async () => {
    await runner.start()
    const secret = 'c4nary-7f3a'
    const gate = join(runner.home, 'gate')
    const attempt = server.bash(
      `set -x; echo ${'#{Pw}'}; get_octopusvariable Pw | base64; echo "$(get_octopusvariable Joined)"; set_octopusvariable Mine "$(get_octopusvariable Pw)x" -sensitive
touch ${gate}.ready; while [ ! -e ${gate} ]; do sleep 0.02; done`,
      {
        variables: [
          { name: 'Pw', value: secret, sensitive: true },
          { name: 'Joined', value: '#{Pw | ToUpper}' },
        ],
      },
    )
    await appears(`${gate}.ready`)
    const outside = filesBelow(runner.home).filter(path => !path.includes('/work/'))
    for (const path of outside) expect(readFileSync(path, 'latin1')).not.toContain(secret)
    writeFileSync(gate, '')
    const completion = await server.completion(attempt)
    const everything = `${JSON.stringify(completion)}${server.work(attempt).log}${runner.output}`
    for (const form of [
      secret,
      secret.toUpperCase(),
      Buffer.from(secret).toString('base64').slice(0, 14),
    ])
      expect(everything).not.toContain(form)
    expect(server.lines(attempt).filter(line => line.includes('********')).length).toBeGreaterThan(
      2,
    )
    await becomes(join(runner.home, 'work', attempt.replace(':', '_')), 'gone')
    const left = filesBelow(runner.home).filter(path =>
      readFileSync(path, 'latin1').includes(secret),
    )
    expect(left).toEqual([])
  })

  it('says which interpreter is missing', async () => {
    await runner.start({ PATH: '/nowhere' })
    const attempt = server.bash('x', {
      properties: { 'Octopus.Action.Script.Syntax': 'PowerShell' },
    })
    expect((await server.completion(attempt)).reason).toContain('needs PowerShell 7 (pwsh)')
  })

  it('runs PowerShell as it would be run for real', async () => {
    await runner.start()
    const attempt = server.bash("Write-Host 'hello from #{Who}'\nStart-Sleep -Seconds 0", {
      properties: { 'Octopus.Action.Script.Syntax': 'PowerShell' },
      variables: [{ name: 'Who', value: 'Ada' }],
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual(['hello from Ada'])
  })

  it('reports a script that a signal ended', async () => {
    await runner.start()
    const attempt = server.bash('kill -SEGV $$')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'failed', signal: 'SIGSEGV' })
  })

  it('ends what a script leaves running, and says so', async () => {
    await runner.start()
    const attempt = server.bash('(setsid sleep 300 >/dev/null 2>&1 &); echo done')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)[1]).toMatch(/^Ended what the script left running: \d+ \(\w+\)\.$/)
    expect(runner.leftoversOf(attempt)).toEqual([])
  })

  it('sends a log of many lines whole and in order', async () => {
    await runner.start()
    const attempt = server.bash('seq 1 200000')
    await server.completion(attempt)
    expect(server.lines(attempt)).toEqual(
      Array.from({ length: 200_000 }, (_, index) => String(index + 1)),
    )
  })

  it('takes up the conversation again when the server is back', async () => {
    await runner.start()
    const gate = join(runner.home, 'gate')
    const attempt = server.bash(`echo one; while [ ! -e ${gate} ]; do sleep 0.02; done; echo two`)
    await server.until(() => server.lines(attempt).includes('one'))
    server.isDown = true
    writeFileSync(gate, '')
    await appears(join(runner.home, 'attempts', attempt.replace(':', '_'), 'exit.json'))
    server.isDown = false
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual(['one', 'two'])
  })

  it('keeps the folder of a step that was refused first and then offered again', async () => {
    server.forgetsNextClaim = true
    await runner.start()
    const attempt = server.bash('echo one; sleep 1; echo two')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(server.lines(attempt)).toEqual(['one', 'two'])
  })

  it('keeps the spool until the log is sealed', async () => {
    server.sealsAtOnce = false
    await runner.start()
    const attempt = server.bash('echo one')
    await server.completion(attempt)
    const folder = join(runner.home, 'attempts', attempt.replace(':', '_'))
    expect(existsSync(join(folder, 'out.spool'))).toBe(true)
    server.seal(attempt)
    await server.until(() => server.isHandled(`sealed-${attempt}`))
    await becomes(folder, 'gone')
  })

  it('is the only one in its home', async () => {
    await runner.start()
    const { code, output } = await runner.command('run')
    expect(code).toBe(1)
    expect(output).toContain('A runner is at work in')
  })

  it('finds what is wrong with itself', async () => {
    const { code, output } = await runner.command('doctor')
    expect(output.split('\n').map(line => line.replace(/\d+ (ms|MiB)/, 'N $1'))).toEqual(
      expect.arrayContaining([
        `ok       Runtime node ${process.versions.node} (Node 20 or Deno 2, or newer, is needed)`,
        'ok       Free disk: N MiB (500 MiB are needed)',
        `ok       ${runner.home} is its owner's alone`,
        `ok       The key ${runner.home}/key.pem is its owner's alone`,
        'ok       No proxy is set',
        'note     No service is installed on this machine',
        'ok       New programs are not taken from the server',
        'ok       Registered as web-1 (Runners-1)',
        `ok       ${server.url} answers (N ms)`,
        'ok       The clocks of this machine and the server agree',
      ]),
    )
    expect(code).toBe(0)
    chmodSync(join(runner.home, 'key.pem'), 0o644)
    const worse = await runner.command('doctor')
    expect(worse.output).toContain(`PROBLEM  The key ${runner.home}/key.pem is its owner's alone`)
    expect(worse.code).toBe(1)
  })
})
