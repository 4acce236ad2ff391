import { describe, expect, it } from 'vitest'
import { replaceSettings } from '../../../runner/configuration/settings.ts'
import { XmlError } from '../../../runner/configuration/xml/read.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const replace = (text: string, variables: Record<string, string | null>) =>
  replaceSettings(text, new VariableDictionary(variables))

describe('settings of .NET', () => {
  it('writes every setting of a name, wherever it stands, and keeps the rest', () => {
    const text = `<?xml version='1.0'?>\r
<configuration>\r
  <!-- A -->\r
  <appSettings><add key="A" value="0"/><remove key="A" /></appSettings>\r
  <location><appSettings><add key="a" value="0"/></appSettings></location>\r
  <connectionStrings><add name="A" connectionString="0" providerName="p"/></connectionStrings>\r
</configuration>\r
`
    const { text: output, changes } = replace(text, { A: 'x', B: 'y' })
    expect(changes).toEqual(['A', 'A', 'A'])
    expect(output).toBe(
      text
        .replace("<?xml version='1.0'?>", '<?xml version="1.0" encoding="utf-8"?>')
        .replaceAll('="0"', '="x"')
        .replaceAll('"/>', '" />'),
    )
  })

  it('adds what is missing in the namespace of the setting', () => {
    const text =
      '<c xmlns="urn:n">\n<applicationSettings><S><setting name="A"/></S></applicationSettings></c>'
    expect(replace(text, { A: '<x>' }).text).toBe(
      '<c xmlns="urn:n">\n<applicationSettings><S><setting name="A"><value>&lt;x&gt;</value></setting></S></applicationSettings></c>',
    )
  })

  it('leaves a file in which nothing is named so exactly as it was', () => {
    const text = "<c><appSettings><add key='A'/></appSettings></c>"
    expect(replace(text, { B: 'x' })).toEqual({ text, changes: [] })
  })

  it('does not read what is no XML', () => {
    expect(() => replace('<c>', { A: 'x' })).toThrow(XmlError)
  })
})
