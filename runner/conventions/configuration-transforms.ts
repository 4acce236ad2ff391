import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { StepFailure } from '../actions/action.ts'
import { readConfigurationFile, writeConfigurationFile } from '../configuration/file.ts'
import { transformText } from '../configuration/transforms/policy.ts'
import { selectTransforms } from '../configuration/transforms/selection.ts'
import { listFiles } from '../workspace/files.ts'
import { type FileConvention, hasFeature, type Place, searchFolders } from './deployment.ts'

/** Holds the transforms that were used, so that the next stage leaves them alone. */
export const APPLIED_TRANSFORMS = 'OctopusAppliedXmlConfigTransforms'

/** XDT transforms of .NET configuration files.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/configuration-transforms */
export const transformConfiguration: FileConvention = async deployment => {
  if (!hasFeature(deployment, 'Octopus.Features.ConfigurationTransforms')) return
  const { variables, log } = deployment
  const applied = new Set<string>()
  for (const folder of searchFolders(deployment).filter(one => existsSync(one))) {
    const files = listFiles(folder)
    const { transforms, unmatched } = selectTransforms(files, variables.dictionary, namesIn)
    for (const [target, sources] of transforms) {
      for (const source of sources) {
        const path = isAbsolute(source) ? source : join(folder, source)
        transform(deployment, join(folder, target), path)
        applied.add(path)
      }
    }
    for (const text of unmatched)
      log.say('verbose', `No files in ${folder} answer to the transform '${text}'.`)
  }
  variables.set(APPLIED_TRANSFORMS, [...applied].join('|'))
}

const transform = ({ variables, log }: Place, path: string, source: string): void => {
  log.say('info', `Transforming ${path} by ${source}`)
  const file = readConfigurationFile(path)
  const { text } = readConfigurationFile(source)
  const outcome = transformText(file.text, text, variables.dictionary)
  for (const { level, message } of outcome.findings) log.say(level, message)
  if (outcome.fails) throw new StepFailure(`${path} could not be transformed by ${source}.`)
  if (outcome.text !== undefined) writeConfigurationFile(path, file, outcome.text)
}

const namesIn = (folder: string): string[] => {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
}
