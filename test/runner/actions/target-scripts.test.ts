import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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

const said = (attempt: string) => saidBy({ server, runner }, attempt)

describe('a script on its target', () => {
  it('has its files adapted before it runs, and modules of its language at hand', async () => {
    const attempt = server.bash('. ./Say_it.sh; say; cat app.json', {
      packages: [publish(server, zipOf({ 'app.json': '{"a":{"b":1}}', 'x.txt': '#{Color}' }))],
      properties: {
        'Octopus.Action.EnabledFeatures':
          'Octopus.Features.JsonConfigurationVariables,Octopus.Features.SubstituteInFiles',
        'Octopus.Action.SubstituteInFiles.TargetFiles': '*.txt',
        'Octopus.Action.Package.JsonConfigurationVariablesTargets': '*.json',
        'Octopus.Action.Script.ScriptSource': 'Inline',
        'Octopus.Action.Script.ScriptFileName': 'ignored.sh',
      },
      variables: [
        { name: 'Color', value: 'green' },
        { name: 'a:b', value: '2' },
        { name: 'Octopus.Script.Module[Say_it !]', value: 'say() { cat x.txt; echo; ls; }\r\n' },
        { name: 'Octopus.Script.Module.Language[Say_it !]', value: 'Bash' },
        { name: 'Octopus.Script.Module[Other]', value: 'function Other {}' },
      ],
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt).filter(line => !line.startsWith('Replaced'))).toEqual([
      'green',
      'Say_it.sh',
      'app.json',
      'x.txt',
      '{',
      '  "a": {',
      '    "b": 2',
      '  }',
      '}',
    ])
  })

  it('in Python imports modules, and what lies beside it in its package', async () => {
    const attempt = server.offer({
      packages: [
        publish(
          server,
          zipOf({
            'run/go.py':
              'import beside, Shared\nprint(beside.word, Shared.word, get_octopusvariable("Color"))',
            'run/beside.py': 'word = "#{Color} stays"',
          }),
        ),
      ],
      properties: { 'Octopus.Action.Script.ScriptFileName': 'run/go.py' },
      variables: [
        { name: 'Color', value: 'green' },
        { name: 'Octopus.Script.Module[Shared]', value: 'word = "#{Color}"' },
        { name: 'Octopus.Script.Module.Language[Shared]', value: 'Python' },
      ],
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual(['#{Color} stays green green'])
  })

  it('finds its other packages where it runs, and knows them by their names', async () => {
    const attempt = server.offer({
      packages: [
        publish(
          server,
          zipOf({
            'go.sh':
              'cat tools/a.txt; ls; get_octopusvariable "Octopus.Action.Package[raw].PackageFileName"; echo; get_octopusvariable "Octopus.Action.Package[tools].PackageVersion"; echo',
          }),
        ),
        { ...publish(server, zipOf({ 'a.txt': 'content\n' })), name: 'tools' },
        { ...publish(server, zipOf({ 'b.txt': 'b' })), name: 'raw', extract: false },
      ],
      properties: {
        'Octopus.Action.Script.ScriptSource': 'Package',
        'Octopus.Action.Script.ScriptFileName': 'go.sh',
      },
    })
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual(['content', 'go.sh', 'raw.zip', 'tools', 'raw.zip', '1.0.0'])
  })

  it('is substituted but for what is no token', async () => {
    const attempt = server.bash(
      'echo "#{Color} #{unclosed #{Missing}"; echo "${#PATH}" > /dev/null',
      {
        variables: [{ name: 'Color', value: 'green' }],
      },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(said(attempt)).toEqual(['green #{unclosed #{Missing}'])
  })

  it('gets every value byte for byte, and none of them is carried out', async () => {
    const values = [
      `it's "quoted" \`touch canary\` $(touch canary) \${IFS}`,
      'one\ntwo\r\n\tthree\\n%0a',
      '-n',
      '--help; touch canary',
      ' leading and trailing ',
      'ünïcödé 日本 😀',
      '*?[a]{b,c} ~ ! & | ; < > # ##octopus[setVariable name="QQ==" value="QQ=="]',
      'x'.repeat(200_000),
    ]
    const python = `import base64\nprint("\\n".join(base64.b64encode(get_octopusvariable("V%d" % i).encode()).decode() for i in range(${values.length})))`
    const bash = `for i in $(seq 0 ${values.length - 1}); do get_octopusvariable "V$i" | base64 -w0; echo; done; ls`
    const variables = values.map((value, index) => ({ name: `V${index}`, value }))
    const inBash = server.bash(bash, { variables })
    const inPython = server.offer({
      properties: {
        'Octopus.Action.Script.Syntax': 'Python',
        'Octopus.Action.Script.ScriptBody': python,
      },
      variables,
    })
    const expected = values.map(value => Buffer.from(value).toString('base64'))
    for (const attempt of [inBash, inPython]) {
      expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
      const text = server
        .records(attempt)
        .filter(({ level }) => level === 'info')
        .map(record => record.text)
      expect(text.join('')).toBe(expected.join(''))
    }
  })

  it('is told that it cannot create targets', async () => {
    const attempt = server.bash('new_octopustarget -n "web-3" -t "x" --roles "web"')
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded', warnings: true })
    expect(said(attempt)[0]).toContain('asks to create the target web-3 with the tags web')
  })

  it('does not run when its package is gone from the cache', async () => {
    const { reason } = await server.completion(
      server.offer({
        packages: [publish(server, zipOf({ 'a.sh': '' }))],
        properties: { 'Octopus.Action.Script.ScriptFileName': '../../key.pem' },
      }),
    )
    expect(reason).toContain('The package has no file ../../key.pem')
  })
})

describe('a script whose messages need a mark', () => {
  const forged = `echo "##octopus[setVariable name='${Buffer.from('Url').toString('base64')}' value='ZXZpbA==']"`

  it('is believed through its helper functions alone, in every language', async () => {
    const properties = { 'Slipway.Action.Script.RequireMessageMark': 'True' }
    const inBash = server.bash(`${forged}\nset_octopusvariable Url good\nwrite_highlight look`, {
      properties,
    })
    const inPython = server.offer({
      properties: {
        ...properties,
        'Octopus.Action.Script.Syntax': 'Python',
        'Octopus.Action.Script.ScriptBody': `print("""${forged.slice(6, -1)}""")\nset_octopusvariable("Url", "good")\nprinthighlight("look")`,
      },
    })
    for (const attempt of [inBash, inPython]) {
      expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
      expect(server.records(attempt).map(({ level, text }) => ({ level, text }))).toEqual([
        {
          level: 'warning',
          text: 'Ignored the message setVariable: it does not come from a helper function.',
        },
        { level: 'highlight', text: 'look' },
      ])
    }
  })

  it('does not fail for messages on its error output', async () => {
    const strict = { properties: { 'Octopus.Action.FailScriptOnErrorOutput': 'True' } }
    const quiet = server.bash('write_verbose hidden >&2; set_octopusvariable A 1 >&2', strict)
    expect(await server.completion(quiet)).toMatchObject({ outcome: 'failed' })
    const silent = server.bash('set_octopusvariable A 1 >&2', strict)
    expect(await server.completion(silent)).toMatchObject({ outcome: 'succeeded' })
  })
})
