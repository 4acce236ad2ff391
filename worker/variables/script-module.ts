import * as z from 'zod'

/** The languages a module can be written in, by the names that steps use. */
export const LANGUAGES = ['PowerShell', 'Bash', 'Python', 'CSharp', 'FSharp'] as const

const textName = (name: string) => `Octopus.Script.Module[${name}]`
const languageName = (name: string) => `Octopus.Script.Module.Language[${name}]`

/** A script module as a form sends it. Its name becomes part of two variables' names. */
export const scriptModuleInput = z.object({
  Name: z
    .string()
    .trim()
    .min(1, 'a script module needs a name.')
    .max(200, 'may have 200 characters.')
    .regex(/^[\p{L}\p{N} ._-]+$/u, 'may have letters, digits, blanks and . _ - only.'),
  Description: z.string().max(10_000, 'may have 10000 characters.'),
  Language: z.enum(LANGUAGES, { error: `must be one of ${LANGUAGES.join(', ')}.` }),
  Body: z.string().max(1_048_576, 'may have 1048576 characters.'),
})
export type ScriptModuleInput = z.output<typeof scriptModuleInput>

/** The two values that a module is for whoever reads its set. */
export const moduleVariables = ({ Name, Language, Body }: ScriptModuleInput) => [
  { Name: textName(Name), Value: Body },
  { Name: languageName(Name), Value: Language },
]

/** Script and language of a stored module, whatever its variables are named after. */
export const readModule = (rows: readonly { name: string; value: string | null }[]) => ({
  body: rows.find(({ name }) => /^Octopus\.Script\.Module\[/i.test(name))?.value ?? '',
  language:
    rows.find(({ name }) => /^Octopus\.Script\.Module\.Language\[/i.test(name))?.value ??
    'PowerShell',
})
