import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish, zipOf } from '../../support/packages.ts'
import type { ProtocolServer } from '../../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair } from '../../support/runner-process.ts'

let server: ProtocolServer
let runner: RunnerProcess
beforeAll(async () => {
  ;({ server, runner } = await runningPair())
})
afterAll(() => endPair({ server, runner }))

const FEATURES = [
  'SubstituteInFiles',
  'ConfigurationTransforms',
  'ConfigurationVariables',
  'JsonConfigurationVariables',
].map(name => `Octopus.Features.${name}`)

const WEB_CONFIG = `<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <appSettings>
    <add key="Title" value="old" />
    <add key="Mode" value="debug" />
  </appSettings>
</configuration>
`
const RELEASE = `<configuration xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform">
  <appSettings>
    <add key="Mode" value="#{Mode}" xdt:Transform="SetAttributes" xdt:Locator="Match(key)" />
    <add key="Added" value="by the transform" xdt:Transform="Insert" />
  </appSettings>
</configuration>
`

const deploy = (files: Record<string, string | Uint8Array>, properties = {}, variables = {}) =>
  server.offer({
    actionType: 'Octopus.TentaclePackage',
    packages: [publish(server, zipOf(files))],
    properties: {
      'Octopus.Action.EnabledFeatures': FEATURES.join(','),
      'Octopus.Action.SubstituteInFiles.TargetFiles': '**/*.Release.config',
      'Octopus.Action.SubstituteInFiles.EnableNoMatchWarning': 'False',
      'Octopus.Action.Package.AutomaticallyRunConfigurationTransformationFiles': 'True',
      'Octopus.Action.Package.AutomaticallyUpdateAppSettingsAndConnectionStrings': 'True',
      ...properties,
    },
    variables: Object.entries<string>({
      'Octopus.Environment.Name': 'Staging',
      Title: 'Shop',
      Mode: 'release',
      Added: 'by the variable',
      'Mail:Host': 'mail.shop.test',
      ...variables,
    }).map(([name, value]) => ({ name, value })),
  })

const installed = (attempt: string): string => {
  const extracted = server
    .records(attempt)
    .flatMap(({ text }) => /^Extracted \d+ files to (.+)$/.exec(text)?.[1] ?? [])
  return extracted[0] as string
}
const read = (attempt: string, file: string) => readFileSync(join(installed(attempt), file))

describe('deploying configuration files', () => {
  it('substitutes, transforms, writes settings and puts structured values in, in this order', async () => {
    const attempt = deploy(
      {
        'web.config': WEB_CONFIG,
        'web.Release.config': RELEASE,
        'app.json': '{"Mail":{"Host":"localhost","Port":25}}\r\n',
        'values.yaml': '# mail\r\nMail:\r\n  Host: localhost # here\r\n',
        'app.properties': 'Mail\\:Host = localhost\n',
        'app.xml': '<?xml version="1.0"?><app><title>old</title></app>',
      },
      {
        'Octopus.Action.Package.JsonConfigurationVariablesTargets':
          'app.json\n*.yaml;*.properties\nweb.config\n*.xml',
      },
      { '//title': 'Shop', "/configuration/appSettings/add[@key='Mode']/@value": 'structured' },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(read(attempt, 'web.config').toString()).toBe(`<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <appSettings>
    <add key="Title" value="Shop" />
    <add key="Mode" value="structured" />
    <add key="Added" value="by the variable" />
  </appSettings>
</configuration>`)
    expect(read(attempt, 'web.Release.config').toString()).toBe(
      RELEASE.replace('#{Mode}', 'release'),
    )
    expect(read(attempt, 'app.json').toString()).toBe(
      '{\r\n  "Mail": {\r\n    "Host": "mail.shop.test",\r\n    "Port": 25\r\n  }\r\n}',
    )
    expect(read(attempt, 'values.yaml').toString()).toBe(
      '# mail\r\nMail:\r\n  Host: mail.shop.test # here\r\n',
    )
    expect(read(attempt, 'app.properties').toString()).toBe('Mail\\:Host = mail.shop.test\n')
    expect(read(attempt, 'app.xml').toString()).toBe(
      '<?xml version="1.0" encoding="utf-8"?>\n<app>\n  <title>Shop</title>\n</app>',
    )
  })

  it('fails on a transform that finds nothing, and leaves the file as it was', async () => {
    const attempt = deploy({
      'web.config': WEB_CONFIG,
      'web.Release.config': RELEASE.replace('"Mode"', '"Absent"'),
    })
    const { outcome, reason } = await server.completion(attempt)
    expect({ outcome, reason: reason?.replaceAll(installed(attempt), '~') }).toEqual({
      outcome: 'failed',
      reason: '~/web.config could not be transformed by ~/web.Release.config.',
    })
    expect(server.records(attempt)).toContainEqual(
      expect.objectContaining({
        level: 'error',
        text: '<add> SetAttributes: no element of the document matches.',
      }),
    )
    expect(read(attempt, 'web.config').toString()).toBe(WEB_CONFIG)
  })

  it.each([
    {
      what: 'JSON that is none',
      files: { 'app.json': '{"a": ' },
      says: 'As json: It is not well-formed JSON.',
    },
    {
      what: 'a document type',
      files: { 'app.xml': '<!DOCTYPE a [<!ENTITY e "e">]><a>&e;</a>' },
      says: 'remove <!DOCTYPE',
    },
    {
      what: 'settings that are no XML',
      files: { 'web.config': '<configuration>' },
      says: 'The settings in ~/web.config cannot be replaced',
    },
  ])('fails on $what, and leaves the file as it was', async ({ files, says }) => {
    const attempt = deploy(files, {
      'Octopus.Action.Package.JsonConfigurationVariablesTargets': 'app.*',
    })
    const { outcome, reason } = await server.completion(attempt)
    expect(outcome).toBe('failed')
    expect(reason?.replaceAll(installed(attempt), '~')).toContain(says)
    for (const [file, content] of Object.entries<string>(files))
      expect(read(attempt, file).toString()).toBe(content)
  })

  it('tells of a pattern nothing matches, of a folder and of a file nothing addresses', async () => {
    const attempt = deploy(
      { 'settings/a.json': '{"x":  1}' },
      {
        'Octopus.Action.Package.JsonConfigurationVariablesTargets':
          'settings\n*.toml\nsettings/*.json',
      },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    const said = server
      .records(attempt)
      .filter(({ level, text }) => level !== 'verbose' && !/^Fetch(ing|ed) /.test(text))
      .map(({ level, text }) => `${level} ${text.replaceAll(installed(attempt), '~')}`)
    expect(said).toEqual([
      'warning settings is a folder: name files, as in settings/*.json.',
      'warning No file matches *.toml: no variables are put in there.',
      'info No variable addresses anything in ~/settings/a.json, read as json.',
    ])
    expect(read(attempt, 'settings/a.json').toString()).toBe('{"x":  1}')
  })

  it('keeps encodings, and turns to UTF-8 when a value does not fit', async () => {
    const xml = (text: string) => `<?xml version="1.0" encoding="iso-8859-2"?>\n<a>${text}</a>`
    const utf16 = Buffer.from('\ufeffname=x\r\n', 'utf16le')
    const attempt = deploy(
      {
        'a.xml': Buffer.from(xml('x'), 'latin1'),
        'b.xml': Buffer.from(xml('x').replaceAll('a>', 'b>'), 'latin1'),
        'c.properties': utf16,
      },
      { 'Octopus.Action.Package.JsonConfigurationVariablesTargets': '*.xml\n*.properties' },
      { '/a': 'ł', '/b': 'Ω', name: 'é' },
    )
    expect(await server.completion(attempt)).toMatchObject({ outcome: 'succeeded' })
    expect(read(attempt, 'a.xml').toString('latin1')).toBe(xml('\u00b3'))
    expect(read(attempt, 'b.xml').toString()).toBe(
      '<?xml version="1.0" encoding="utf-8"?>\n<b>Ω</b>',
    )
    expect(read(attempt, 'c.properties').toString('utf16le')).toBe('\ufeffname=é\r\n')
  })
})
