import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, resolve, sep } from 'node:path'
import { runScriptText, type Script } from '../scripts/run.ts'
import { scriptOf, syntaxOfExtension } from '../scripts/syntax.ts'
import { type Action, type ActionContext, StepFailure } from './action.ts'
import { stagePackages } from './stage-packages.ts'

const PREFIX = 'Octopus.Action.Script'

/** *Run a script*: the packages it refers to are put beside it, the script is substituted, then run. */
export const runScript: Action = async context => {
  const { variables, work } = context
  const main = await stagePackages(context)
  const folder = main ?? work
  const fileName = variables.get(`${PREFIX}.ScriptFileName`)
  const script = fileName ? scriptInPackage(context, main, fileName) : inlineScript(context)
  await runScriptText(context, {
    ...script,
    folder,
    parameters: variables.get(`${PREFIX}.ScriptParameters`) ?? '',
  })
}

const inlineScript = ({ variables }: ActionContext): Pick<Script, 'syntax' | 'text'> => {
  const script = scriptOf(variables)
  if (!script) {
    throw new StepFailure(
      `The step has no script: expected ${PREFIX}.ScriptBody or ${PREFIX}.ScriptFileName, found neither.`,
    )
  }
  return { syntax: script.syntax, text: variables.substitute(script.body) }
}

const scriptInPackage = (
  { variables }: ActionContext,
  folder: string | undefined,
  fileName: string,
): Pick<Script, 'syntax' | 'file'> => {
  if (!folder) throw new StepFailure(`The script ${fileName} needs a package; the step has none.`)
  const file = resolve(folder, fileName.replaceAll('\\', '/'))
  if (!file.startsWith(folder + sep) || !existsSync(file))
    throw new StepFailure(`The package has no file ${fileName}; check the name and its case.`)
  const extension = extname(file).slice(1)
  const text = readFileSync(file, 'utf8')
  const substituted = variables.substitute(text)
  if (substituted !== text) writeFileSync(file, substituted)
  return { syntax: syntaxOfExtension(extension) ?? extension, file }
}
