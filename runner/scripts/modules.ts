import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionContext } from '../actions/action.ts'
import { EXTENSIONS, type Syntax } from './syntax.ts'

const MODULE = /^Octopus\.Script\.Module\[(.*)\]$/i

/** A library of functions that scripts of one language share. */
export type ScriptModule = { name: string; text: string }

/** The script modules the step has in this language, by the names scripts call them: letters,
 *  digits and `_`. Without a word on its language a module is PowerShell. */
export const modulesOf = ({ variables }: ActionContext, syntax: Syntax): ScriptModule[] =>
  variables.dictionary.names().flatMap(variable => {
    const title = MODULE.exec(variable)?.[1]
    if (title === undefined) return []
    const language = variables.get(`Octopus.Script.Module.Language[${title}]`) ?? 'PowerShell'
    const name = title.replace(/[^A-Za-z0-9_]/g, '')
    if (language.toLowerCase() !== syntax.toLowerCase() || name === '') return []
    return [{ name, text: variables.get(variable) ?? '' }]
  })

/** Writes the modules where a script finds them, and takes them away again afterwards. What is
 *  there already is left alone. */
export const withModules = async <T>(
  context: ActionContext,
  syntax: Syntax,
  folder: string,
  work: () => Promise<T>,
): Promise<T> => {
  const written: string[] = []
  try {
    for (const { name, text } of modulesOf(context, syntax)) {
      const path = join(folder, `${name}.${MODULE_EXTENSIONS[syntax]}`)
      if (existsSync(path)) {
        context.log.say('warning', `${path} is there already: the script module ${name} is not.`)
        continue
      }
      writeFileSync(path, syntax === 'Bash' ? text.replaceAll('\r\n', '\n') : text, { mode: 0o600 })
      written.push(path)
    }
    return await work()
  } finally {
    for (const path of written) rmSync(path, { force: true })
  }
}

const MODULE_EXTENSIONS: Readonly<Record<Syntax, string>> = { ...EXTENSIONS, PowerShell: 'psm1' }
