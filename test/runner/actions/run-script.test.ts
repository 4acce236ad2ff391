import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { publish, zipOf } from '../../support/packages.ts'
import type { ProtocolServer } from '../../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair, saidBy } from '../../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
beforeAll(async () => {
  ;({ server, runner } = await runningPair())
})
afterAll(() => endPair({ server, runner }))

const plain = (attempt: string) => saidBy({ server, runner }, attempt)

describe('running a script', () => {
  it('takes its parameters as words', async () => {
    const attempt = server.bash('printf "<%s>\\n" "$@"', {
      properties: { 'Octopus.Action.Script.ScriptParameters': `one 'two three' "#{Color}"` },
      variables: [{ name: 'Color', value: 'green $(touch x)' }],
    })
    await server.completion(attempt)
    expect(plain(attempt)).toEqual(['<one>', '<two three>', '<green $(touch x)>'])
  })

  it('runs one that comes in a package, substituted, beside the rest of it', async () => {
    const attempt = server.offer({
      packages: [
        publish(
          server,
          zipOf({ 'run/go.sh': 'cat data.txt; echo #{Color} $1\r\n', 'data.txt': 'data\n' }),
        ),
      ],
      properties: {
        'Octopus.Action.Script.ScriptFileName': 'run/go.sh',
        'Octopus.Action.Script.ScriptParameters': 'word',
      },
      variables: [{ name: 'Color', value: 'green' }],
    })
    await server.completion(attempt)
    expect(plain(attempt)).toEqual(['data', 'green word'])
  })

  it('has further packages at hand, extracted or as files', async () => {
    const zip = zipOf({ 'a.txt': 'content\n' })
    const attempt = server.bash(
      'cat tools/a.txt; ls; cat "$(get_octopusvariable "Octopus.Action.Package[tools].ExtractedPath")/a.txt"',
      {
        packages: [
          { ...publish(server, zip), name: 'tools' },
          { ...publish(server, zip), name: 'raw', extract: false },
        ],
      },
    )
    await server.completion(attempt)
    expect(plain(attempt)).toEqual(['content', 'raw.zip', 'tools', 'content'])
  })

  it.each([
    { properties: {}, says: 'The step has no script' },
    { properties: { 'Octopus.Action.Script.ScriptFileName': 'x.sh' }, says: 'needs a package' },
    {
      properties: {
        'Octopus.Action.Script.Syntax': 'FSharp',
        'Octopus.Action.Script.ScriptBody': 'x',
      },
      says: 'Scripts in FSharp are not supported here; choose Bash, PowerShell, Python.',
    },
  ])('says what is wrong: $says', async ({ properties, says }) => {
    const { outcome, reason } = await server.completion(
      server.offer({ properties: properties as Record<string, string> }),
    )
    expect(outcome).toBe('failed')
    expect(reason).toContain(says)
  })

  it('says that it does not know an action', async () => {
    const { reason } = await server.completion(server.offer({ actionType: 'Octopus.Iis' }))
    expect(reason).toBe(
      'This runner does not know the action type Octopus.Iis; it can do Slipway.AcquirePackages, Octopus.Script, Octopus.TentaclePackage.',
    )
  })
})
