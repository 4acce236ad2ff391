import { describe, expect, it } from 'vitest'
import { transformText } from '../../../runner/configuration/transforms/policy.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const XDT = 'xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform"'
const WEB = `<configuration>
  <appSettings>
    <add key="A" value="1" />
    <add key="B" value="2" />
  </appSettings>
  <empty></empty>
</configuration>
`

const transform = (inside: string, variables: Record<string, string> = {}, text = WEB) =>
  transformText(
    text,
    `<configuration ${XDT}>${inside}</configuration>`,
    new VariableDictionary(variables),
  )
const settings = (inside: string) => `<appSettings>${inside}</appSettings>`

describe('transforming a configuration file', () => {
  it('keeps the layout of what it does not touch, and fits in what it inserts', () => {
    const { text } = transform(
      settings(`
        <add key="C" value="3" xdt:Transform="Insert"/>
        <add key="0" value="0" xdt:Transform="InsertBefore(add[@key='A'])"/>
        <add key="A2" xdt:Transform="InsertAfter(add[@key='A'])"><!-- x --></add>
        <add key="B" xdt:Transform="Remove" xdt:Locator="Match(key)"/>`) +
        '<empty><new xdt:Transform="Insert"/></empty>',
    )
    expect(text).toBe(`<configuration>
  <appSettings>
    <add key="0" value="0" />
    <add key="A" value="1" />
    <add key="A2"><!-- x --></add>
    <add key="C" value="3" />
  </appSettings>
  <empty>
    <new />
  </empty>
</configuration>
`)
  })

  it('applies what stands inside an element its locator finds', () => {
    const { text } = transform(
      '<location path="b" xdt:Locator="Match(path)"><x v="2" xdt:Transform="SetAttributes(v)"/></location>',
      {},
      '<configuration><location path="a"><x v="1"/></location><location path="b"><x v="1"/></location></configuration>',
    )
    expect(text).toContain('<location path="a"><x v="1" /></location>')
    expect(text).toContain('<location path="b"><x v="2" /></location>')
  })

  it.each([
    { locator: "Condition(@key='A' or @value='2')", changes: 2 },
    { locator: 'Condition(2)', changes: 1 },
    { locator: "Condition(contains(@key, 'A'))", changes: 1 },
    { locator: 'Match(key,value)', changes: 1 },
    { locator: "XPath(//add[@key='B'])", changes: 1 },
    { locator: 'XPath(/configuration/appSettings/add)', changes: 2 },
    { locator: "XPath(self::add[@key='B'])", changes: 1 },
  ])('finds $changes by $locator', ({ locator, changes }) => {
    const { text, findings } = transform(
      settings(`<add key="A" value="1" new="x" xdt:Transform="SetAttributes(new)"
        xdt:Locator="${locator}"/>`),
    )
    expect(findings).toEqual([])
    expect(text?.split('new="x"')).toHaveLength(changes + 1)
  })

  it('sets attributes with a prefix, and declares it', () => {
    const { text } = transformText(
      '<a/>',
      `<a ${XDT} xmlns:p="urn:p" p:b="1" xdt:Transform="SetAttributes"/>`,
      new VariableDictionary(),
    )
    expect(text).toBe('<a p:b="1" xmlns:p="urn:p" />')
  })

  it('inserts only what is missing, if that is the word', () => {
    const { text, findings } = transform(
      settings(`<add key="A" value="9" xdt:Transform="InsertIfMissing" xdt:Locator="Match(key)"/>
        <add key="Z" value="9" xdt:Transform="InsertIfMissing" xdt:Locator="Match(key)"/>`),
    )
    expect(findings).toEqual([])
    expect(text?.match(/value="9"/g)).toHaveLength(1)
  })

  it.each([
    { inside: settings('<add xdt:Transform="Nothing"/>'), says: "found 'Nothing'" },
    { inside: settings('<add xdt:Transform="Set-All"/>'), says: "found 'Set-All'" },
    { inside: settings('<add xdt:Transform="toString"/>'), says: "found 'toString'" },
    { inside: settings('<add xdt:Transform="RemoveAttributes(key'), says: 'Cannot read' },
    { inside: '<none><x xdt:Transform="Insert"/></none>', says: 'matches its parent' },
    {
      inside: settings('<add xdt:Transform="InsertBefore(none)"/>'),
      says: 'no element of the document matches none',
    },
    { inside: settings('<add xdt:Transform="InsertAfter"/>'), says: 'expected one path, found 0' },
    {
      inside: settings('<add xdt:Transform="Remove" xdt:Locator="Match(key)"/>'),
      says: '<add> has no attribute key',
    },
    {
      inside: settings('<add xdt:Transform="Remove" xdt:Locator="Near(key)"/>'),
      says: "found 'Near'",
    },
    {
      inside: settings('<add xdt:Transform="Remove" xdt:Locator="Condition(])"/>'),
      says: 'is no path',
    },
    {
      inside: settings('<add xdt:Transform="Remove" xdt:Locator="Condition(@key] | //*[1)"/>'),
      says: 'Expected a condition',
    },
  ])('fails with "$says"', ({ inside, says }) => {
    const result = transform(inside, {
      'Octopus.Action.Package.TreatConfigTransformationWarningsAsErrors': 'False',
    })
    expect(result).toMatchObject({ fails: true, findings: [{ level: 'error' }] })
    expect(result.text).toBeUndefined()
    expect(result.findings[0]?.message).toContain(says)
  })

  it.each([
    { inside: settings('<add xdt:Transform="Remove"/>'), says: '2 elements match' },
    { inside: settings('<add xdt:Transform="Replace(x)"/>'), says: 'it takes no arguments' },
    { inside: '<none xdt:Transform="RemoveAll"/>', says: 'no element of the document matches' },
    {
      inside: settings('<add xdt:Transform="SetAttributes(none)"/>'),
      says: 'there is no attribute none',
    },
    {
      inside: settings('<add xdt:Transform="RemoveAttributes(none)"/>'),
      says: 'no attribute none',
    },
  ])('fails with "$says", or only warns when the step allows it', ({ inside, says }) => {
    expect(transform(inside)).toMatchObject({ fails: true })
    const lenient = transform(inside, {
      'Octopus.Action.Package.TreatConfigTransformationWarningsAsErrors': 'False',
    })
    expect(lenient).toMatchObject({ fails: false, text: expect.any(String) })
    expect(lenient.findings[0]).toEqual({
      level: 'warning',
      message: expect.stringContaining(says),
    })
  })

  it('does what it can and warns of the rest when errors are to be ignored', () => {
    const result = transform(
      settings('<add xdt:Transform="Wrong"/><add value="9" xdt:Transform="SetAttributes"/>'),
      { 'Octopus.Action.Package.IgnoreConfigTransformationErrors': 'True' },
    )
    expect(result).toMatchObject({ fails: false, findings: [{ level: 'warning' }] })
    expect(result.text?.match(/value="9"/g)).toHaveLength(2)
  })

  it('is silent where the transform asks for it', () => {
    const result = transform('<none xdt:Transform="Remove" xdt:SupressWarnings="true"/>')
    expect(result).toMatchObject({ fails: false, findings: [] })
  })

  it('keeps the line ends most lines have', () => {
    const { text } = transform(
      settings('<add key="A" xdt:Transform="Remove" xdt:Locator="Match(key)"/>'),
      {},
      WEB.replaceAll('\n', '\r\n'),
    )
    expect(text).toBe(WEB.replace('    <add key="A" value="1" />\n', '').replaceAll('\n', '\r\n'))
  })
})
