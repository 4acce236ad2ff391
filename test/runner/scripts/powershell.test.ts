import { describe, expect, it } from 'vitest'
import { powershellFiles } from '../../../runner/scripts/powershell.ts'
import { POWERSHELL_HELPERS } from '../../../runner/scripts/powershell-helpers.ts'
import { StepVariables } from '../../../runner/variables.ts'

const HOSTILE = [
  "it's",
  '"; Remove-Item / -Recurse; "',
  '$(Get-Content /etc/passwd)',
  '`$(id)`n`"',
  'two\nlines\r\nand a tab\t',
  'NUL \0 inside',
  '‘smart’ ‚low‛ “double” „low”',
  '’; exit 7; ’',
  "'’'; exit 7; '’'",
  '$env:PATH ${x} @args',
  '-NoExit',
  '#{Shop}',
  '𝒳 é 漢字',
  'x'.repeat(200_000),
]

const SINGLE = /['‘’‚‛]/
const DOUBLE = /["“”„]/

/** The literals of a start file, by the documented rules: quotes of any kind end a text, two in a row
 *  stand for one. Fails where the text is not what it seems. */
const literalsOf = (script: string): { single: string[]; double: string[] } => {
  const found = { single: [] as string[], double: [] as string[] }
  for (let at = 0; at < script.length; at++) {
    const kind = SINGLE.test(script[at] as string) ? 'single' : 'double'
    const mark = kind === 'single' ? SINGLE : DOUBLE
    if (!mark.test(script[at] as string)) continue
    let text = ''
    for (at++; ; at++) {
      const character = script[at]
      if (character === undefined) throw new Error(`A text is not closed: ${text.slice(0, 50)}`)
      if (mark.test(character) && !mark.test(script[at + 1] ?? '')) break
      if (mark.test(character)) at++
      text += script[at]
    }
    found[kind].push(text)
  }
  return found
}

const filesOf = (path: string, variables: { name: string; value: string }[] = [], mark = '') => {
  const step = new StepVariables({
    properties: {},
    variables: variables.map(one => ({ ...one, sensitive: false })),
  })
  return powershellFiles({ text: '', path, folder: '/work/start', mark }, step)
}

describe('what is written for PowerShell', () => {
  it.each(HOSTILE.filter(text => !text.includes('\0')))('names the script %j as it is', name => {
    const path = `/apps/${name}/deploy.ps1`
    const script = filesOf(path).files['Bootstrap.ps1'] as string
    expect(literalsOf(script).single).toEqual(['', path])
  })

  it('holds the mark between single quotes', () => {
    const mark = " nonce='c2VjcmV0'"
    const script = filesOf('/apps/deploy.ps1', [], mark).files['Bootstrap.ps1'] as string
    expect(literalsOf(script).single).toEqual([mark, '/apps/deploy.ps1'])
  })

  it('puts nothing but its own folder into texts that are expanded', () => {
    const script = filesOf(`/apps/${HOSTILE[2]}/deploy.ps1`).files['Bootstrap.ps1'] as string
    expect(literalsOf(script).double).toEqual(['$PSScriptRoot/Helpers.ps1', '$PSScriptRoot/*.psm1'])
  })

  it('brings the variables in a file that is no code, exactly as they are', () => {
    const variables = HOSTILE.map((value, index) => ({
      name: `${value.slice(0, 50)}${index}`,
      value,
    }))
    const { files, args } = filesOf('/apps/deploy.ps1', variables)
    const pairs = JSON.parse(files['Variables.json'] as string) as string[][]
    const decoded = pairs.map(pair => pair.map(part => Buffer.from(part, 'base64').toString()))
    expect(decoded).toEqual(variables.map(({ name, value }) => [name, value]))
    expect(files['Variables.json']).toMatch(/^[A-Za-z0-9+/=",[\]]+$/)
    const code = `${files['Bootstrap.ps1']}${files['Helpers.ps1']}${args.join(' ')}`
    expect(variables.filter(({ value }) => value.length > 4 && code.includes(value))).toEqual([])
  })

  it('has helper functions without a typographic quote', () => {
    expect(POWERSHELL_HELPERS).not.toMatch(/[‘’‚‛“”„]/)
    expect(() => literalsOf(POWERSHELL_HELPERS)).not.toThrow()
  })
})
