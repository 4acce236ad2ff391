import { StepFailure } from '../actions/action.ts'
import { readConfigurationFile } from '../configuration/file.ts'
import { replaceSettings } from '../configuration/settings.ts'
import { XmlError } from '../configuration/xml/read.ts'
import { SubstitutionError } from '../substitution/evaluate.ts'
import { findFiles } from '../workspace/files.ts'
import { writeTextFile } from '../workspace/text-file.ts'
import { APPLIED_TRANSFORMS } from './configuration-transforms.ts'
import { type FileConvention, hasFeature, type Place, searchFolders } from './deployment.ts'

const PREFIX = 'Octopus.Action.Package'

/** Variables in the settings of .NET configuration files.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/xml-configuration-variables-feature */
export const replaceConfigurationSettings: FileConvention = async deployment => {
  const { variables } = deployment
  const isOn =
    hasFeature(deployment, 'Octopus.Features.ConfigurationVariables') &&
    variables.getFlag(`${PREFIX}.AutomaticallyUpdateAppSettingsAndConnectionStrings`)
  if (!isOn) return
  const transforms = new Set((variables.get(APPLIED_TRANSFORMS) ?? '').split('|'))
  for (const folder of searchFolders(deployment))
    for (const path of findFiles(folder, '**/*.config'))
      if (!transforms.has(path)) replaceIn(deployment, path)
}

const replaceIn = ({ variables, log }: Place, path: string): void => {
  const file = readConfigurationFile(path)
  try {
    const { text, changes } = replaceSettings(file.text, variables.dictionary)
    if (changes.length === 0) {
      log.say('info', `No variable is named like a setting in ${path}.`)
      return
    }
    const hasMark = file.hasMark && file.encoding === 'utf-8'
    writeTextFile(path, { text, encoding: 'utf-8', hasMark })
    log.say('info', `Wrote ${changes.length} settings in ${path}`)
    for (const name of changes) log.say('verbose', `Setting ${name}`)
  } catch (error) {
    if (!(error instanceof XmlError || error instanceof SubstitutionError)) throw error
    const message = `The settings in ${path} cannot be replaced: ${error.message}`
    if (!variables.getFlag(`${PREFIX}.IgnoreVariableReplacementErrors`))
      throw new StepFailure(message)
    log.say('info', `Ignored, as the step says: ${message}`)
  }
}
