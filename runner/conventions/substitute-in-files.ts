import { type ActionContext, StepFailure } from '../actions/action.ts'
import { evaluate, fileLimits, SubstitutionError } from '../substitution/evaluate.ts'
import { findFiles } from '../workspace/files.ts'
import { isKnownEncoding, readTextFile, writeTextFile } from '../workspace/text-file.ts'
import { type FileConvention, hasFeature, type Place, searchFolders } from './deployment.ts'

const PREFIX = 'Octopus.Action.SubstituteInFiles'

/** Replaces `#{…}` in the files the step names; a token that cannot be evaluated stays.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/substitute-variables-in-templates */
export const substituteInFiles: FileConvention = async deployment => {
  const { variables, log } = deployment
  const isOn =
    hasFeature(deployment, 'Octopus.Features.SubstituteInFiles') ||
    variables.getFlag(`${PREFIX}.Enabled`)
  if (!isOn) return
  const encoding = variables.get(`${PREFIX}.OutputEncoding`)
  if (encoding && !isKnownEncoding(encoding))
    log.say('warning', `${encoding} is no encoding known here: files keep the one they have.`)
  for (const pattern of variables.getPaths(`${PREFIX}.TargetFiles`)) {
    const files = searchFolders(deployment).flatMap(folder => findFiles(folder, pattern))
    if (files.length === 0 && variables.getFlag(`${PREFIX}.EnableNoMatchWarning`, true))
      log.say('warning', `No file matches ${pattern}: no variables are substituted there.`)
    for (const file of files) substitute(deployment, file)
  }
}

const substitute = (place: Place, path: string): void => {
  const { variables, log } = place
  log.say('verbose', `Substituting variables in ${path}`)
  const file = readTextFile(path)
  const text = substituted(place, path, file.text)
  const encoding = variables.get(`${PREFIX}.OutputEncoding`)
  if (text !== file.text || encoding) writeTextFile(path, { ...file, text }, encoding)
}

/** The text with its tokens replaced. It was not written for us, so what is no token stays as it
 *  is, and a token that cannot be evaluated is no failure unless the step says so.
 *  @param name what the text is called where something is said of it */
export const substituted = (
  { variables, log }: ActionContext,
  name: string,
  text: string,
): string => {
  if (!text.includes('#{')) return text
  const { value, problem } = evaluated(name, () =>
    evaluate(text, variables.dictionary, { haltOnError: false, ...fileLimits(text.length) }),
  )
  if (problem) {
    if (variables.getFlag('OctopusShouldFailDeploymentOnSubstitutionFails'))
      throw new StepFailure(`${name}: ${problem.message}`)
    log.say('verbose', `${name}: ${problem.message}`)
  }
  return value ?? ''
}

const evaluated = <T>(name: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (error instanceof SubstitutionError) throw new StepFailure(`${name}: ${error.message}`)
    throw error
  }
}
