import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { StepFailure } from '../actions/action.ts'
import { readConfigurationFile, writeConfigurationFile } from '../configuration/file.ts'
import { formatsOf, replaceStructured } from '../configuration/replacement.ts'
import { SubstitutionError } from '../substitution/evaluate.ts'
import { findFiles } from '../workspace/files.ts'
import { type FileConvention, hasFeature, type Place, searchFolders } from './deployment.ts'

const TARGETS = 'Octopus.Action.Package.JsonConfigurationVariablesTargets'
const ONLY_JSON = 'Octopus.Action.StructuredConfigurationFallbackFlag'

/** Values by path in JSON, YAML, XML and properties files.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/structured-configuration-variables-feature */
export const replaceStructuredVariables: FileConvention = async deployment => {
  if (!hasFeature(deployment, 'Octopus.Features.JsonConfigurationVariables')) return
  const { variables, log, folder } = deployment
  const patterns = variables.getPaths(TARGETS).flatMap(line => line.split(';'))
  for (const pattern of patterns.map(one => one.trim()).filter(one => one !== '')) {
    if (isFolder(isAbsolute(pattern) ? pattern : join(folder, pattern))) {
      log.say('warning', `${pattern} is a folder: name files, as in ${pattern}/*.json.`)
      continue
    }
    const files = searchFolders(deployment).flatMap(one => findFiles(one, pattern))
    if (files.length === 0)
      log.say('warning', `No file matches ${pattern}: no variables are put in there.`)
    for (const file of files) replaceIn(deployment, file)
  }
}

/** In the first format that parses; a file none can read fails the step and stays as it is. */
const replaceIn = ({ variables, log }: Place, path: string): void => {
  const file = readConfigurationFile(path)
  if (file.text.trim() === '') {
    log.say('verbose', `${path} is empty.`)
    return
  }
  const reasons: string[] = []
  for (const format of formatsOf(path, { onlyJson: variables.getFlag(ONLY_JSON) })) {
    const result = evaluated(path, () =>
      replaceStructured(format, file.text, variables.dictionary, file.encoding),
    )
    if (!result.parses) {
      log.say('verbose', `${path} is not ${format}: ${result.reason}`)
      reasons.push(`As ${format}: ${result.reason}`)
      continue
    }
    for (const warning of result.warnings) log.say('warning', `${path}: ${warning}`)
    if (result.replaced === 0)
      log.say('info', `No variable addresses anything in ${path}, read as ${format}.`)
    else {
      writeConfigurationFile(path, file, result.text)
      log.say('info', `Replaced ${result.replaced} values in ${path}, read as ${format}.`)
    }
    return
  }
  throw new StepFailure(`${path} cannot be read, so no variables are put in. ${reasons.join(' ')}`)
}

const evaluated = <T>(path: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (error instanceof SubstitutionError) throw new StepFailure(`${path}: ${error.message}`)
    throw error
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
