import { existsSync, lstatSync } from 'node:fs'
import { basename, extname, resolve, sep } from 'node:path'
import { replaceConfigurationSettings } from '../conventions/configuration-settings.ts'
import { transformConfiguration } from '../conventions/configuration-transforms.ts'
import type { FileConvention, Place } from '../conventions/deployment.ts'
import { journalDeployment } from '../conventions/journal.ts'
import { replaceStructuredVariables } from '../conventions/structured-variables.ts'
import { substituted, substituteInFiles } from '../conventions/substitute-in-files.ts'
import { runScriptText, type Script } from '../scripts/run.ts'
import { scriptOf, syntaxOfExtension } from '../scripts/syntax.ts'
import { applyCacheLimits } from '../workspace/cache-limits.ts'
import { readTextFile, writeTextFile } from '../workspace/text-file.ts'
import { type Action, type ActionContext, StepFailure } from './action.ts'
import { type Held, stagePackages, withPackages } from './stage-packages.ts'

const PREFIX = 'Octopus.Action.Script'

/** What the step has its files adapted by, in this order, before the script runs. */
const FILE_CONVENTIONS: readonly FileConvention[] = [
  substituteInFiles,
  transformConfiguration,
  replaceConfigurationSettings,
  replaceStructuredVariables,
]

/** *Run a script*: the packages it refers to are put beside it, the script and the files the step
 *  names are adapted to this environment, then it runs. */
export const runScript: Action = async context => {
  const { packages } = context.grant
  await withPackages(context, packages, held => runWith(context, held))
  if (packages.length > 0) applyCacheLimits(context)
}

const runWith = async (context: ActionContext, held: Held[]): Promise<void> => {
  const { variables, work } = context
  const main = held.find(one => one.package.name === '')
  if (main) {
    variables.set('Octopus.Action.Package.PackageId', main.package.packageId)
    variables.set('Octopus.Action.Package.PackageVersion', main.package.version)
    variables.set('Octopus.Tentacle.CurrentDeployment.PackageFilePath', main.archive)
  }
  const packageFolder = await stagePackages(context, held)
  const place = { ...context, folder: packageFolder ?? work }
  let wasSuccessful = false
  try {
    await runIn(place, packageFolder)
    wasSuccessful = true
  } finally {
    if (main) journalDeployment({ ...context, ...main, extractedTo: place.folder }, wasSuccessful)
  }
}

const runIn = async (place: Place, packageFolder: string | undefined): Promise<void> => {
  const { variables, folder, stop } = place
  const fileName = comesInPackage(place) ? variables.get(`${PREFIX}.ScriptFileName`) : undefined
  const script = fileName ? scriptInPackage(place, packageFolder, fileName) : inlineScript(place)
  for (const convention of FILE_CONVENTIONS) {
    if (stop.aborted) throw new StepFailure('The step was ended.')
    await convention(place)
  }
  const parameters = variables.get(`${PREFIX}.ScriptParameters`) ?? ''
  await runScriptText(place, { ...script, folder, parameters })
}

/** Where the step does not say whence its script comes, a file name does. */
const comesInPackage = ({ variables }: ActionContext): boolean => {
  const source = variables.get(`${PREFIX}.ScriptSource`)?.trim().toLowerCase()
  return source ? source === 'package' : true
}

const inlineScript = (context: ActionContext): Pick<Script, 'syntax' | 'text'> => {
  const script = scriptOf(context.variables)
  if (!script) {
    throw new StepFailure(
      `The step has no script: expected ${PREFIX}.ScriptBody or ${PREFIX}.ScriptFileName, found neither.`,
    )
  }
  return { syntax: script.syntax, text: substituted(context, 'The script', script.body) }
}

const scriptInPackage = (
  context: ActionContext,
  folder: string | undefined,
  fileName: string,
): Pick<Script, 'syntax' | 'file'> => {
  if (!folder) throw new StepFailure(`The script ${fileName} needs a package; the step has none.`)
  const file = resolve(folder, fileName.replaceAll('\\', '/'))
  const isInside = file.startsWith(folder + sep) && existsSync(file) && lstatSync(file).isFile()
  if (!isInside)
    throw new StepFailure(`The package has no file ${fileName}; check the name and its case.`)
  const extension = extname(file).slice(1)
  const content = readTextFile(file)
  const text = substituted(context, basename(file), content.text)
  if (text !== content.text) writeTextFile(file, { ...content, text })
  return { syntax: syntaxOfExtension(extension) ?? extension, file }
}
