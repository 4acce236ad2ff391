import type { StepVariables } from '../variables.ts'

export type Syntax = 'Bash' | 'PowerShell' | 'Python'

const SYNTAXES: readonly Syntax[] = ['Bash', 'PowerShell', 'Python']

export const EXTENSIONS: Readonly<Record<Syntax, string>> = {
  Bash: 'sh',
  PowerShell: 'ps1',
  Python: 'py',
}

export const syntaxOfExtension = (extension: string): Syntax | undefined =>
  SYNTAXES.find(syntax => EXTENSIONS[syntax] === extension.toLowerCase())

/** The inline script of a step, not yet substituted. Without a named syntax the body of the first
 *  one that has any counts; a lone `ScriptBody` is Bash. */
export const scriptOf = (
  variables: StepVariables,
): { syntax: Syntax | string; body: string } | undefined => {
  const raw = (name: string) => variables.dictionary.getRaw(name) ?? undefined
  const prefix = 'Octopus.Action.Script'
  const named = variables.get(`${prefix}.Syntax`)
  const syntax = SYNTAXES.find(one => one.toLowerCase() === named?.toLowerCase()) ?? named
  if (syntax) {
    const body = raw(`${prefix}.ScriptBody.${syntax}`) ?? raw(`${prefix}.ScriptBody`)
    return body === undefined ? undefined : { syntax, body }
  }
  for (const one of SYNTAXES) {
    const body = raw(`${prefix}.ScriptBody.${one}`)
    if (body !== undefined) return { syntax: one, body }
  }
  const body = raw(`${prefix}.ScriptBody`)
  return body === undefined ? undefined : { syntax: 'Bash', body }
}
