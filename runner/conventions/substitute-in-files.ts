import { StepFailure } from '../actions/action.ts'
import { evaluate } from '../substitution/evaluate.ts'
import { findFiles } from '../workspace/files.ts'
import { readTextFile, writeTextFile } from '../workspace/text-file.ts'
import { type Convention, hasFeature, type PackageDeployment, searchFolders } from './deployment.ts'

const PREFIX = 'Octopus.Action.SubstituteInFiles'
const FILE_LIMITS = { maxOutputLength: 64 * 1024 * 1024, maxSteps: 20_000_000 }

/** Replaces `#{…}` in the files the step names; a token that cannot be evaluated stays.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/substitute-variables-in-templates */
export const substituteInFiles: Convention = async deployment => {
  const { variables, log } = deployment
  const isOn =
    hasFeature(deployment, 'Octopus.Features.SubstituteInFiles') ||
    variables.getFlag(`${PREFIX}.Enabled`)
  if (!isOn) return
  for (const pattern of variables.getPaths(`${PREFIX}.TargetFiles`)) {
    const files = searchFolders(deployment).flatMap(folder => findFiles(folder, pattern))
    if (files.length === 0 && variables.getFlag(`${PREFIX}.EnableNoMatchWarning`, true))
      log.say('warning', `No file matches ${pattern}: no variables are substituted there.`)
    for (const file of files) substitute(deployment, file)
  }
}

const substitute = ({ variables, log }: PackageDeployment, path: string): void => {
  log.say('verbose', `Substituting variables in ${path}`)
  const file = readTextFile(path)
  if (!file.text.includes('#{')) return
  const result = evaluate(file.text, variables.dictionary, { haltOnError: false, ...FILE_LIMITS })
  if (result.problem) {
    if (variables.getFlag('OctopusShouldFailDeploymentOnSubstitutionFails'))
      throw new StepFailure(`${path}: ${result.problem.message}`)
    log.say('verbose', `${path}: ${result.problem.message}`)
  }
  const encoding = variables.get(`${PREFIX}.OutputEncoding`)
  writeTextFile(path, { ...file, text: result.value ?? '' }, encoding)
}
