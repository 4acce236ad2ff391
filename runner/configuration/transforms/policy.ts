import type { VariableDictionary } from '../../substitution/variable-dictionary.ts'
import { applyTransform, type Finding } from './transform.ts'

/** `text` is what the file is to hold; none when it stays as it is. */
export type Outcome = { fails: boolean; text?: string; findings: Finding[] }

/** Transforms a text and weighs what was found: a warning is as bad as an error unless the step
 *  says otherwise, and a step may ask for errors to be mere warnings. */
export const transformText = (
  text: string,
  transform: string,
  variables: VariableDictionary,
): Outcome => {
  const prefix = 'Octopus.Action.Package'
  const isLenient = variables.getFlag(`${prefix}.IgnoreConfigTransformationErrors`)
  const isStrict = variables.getFlag(`${prefix}.TreatConfigTransformationWarningsAsErrors`, true)
  const { text: changed, findings } = applyTransform(text, transform)
  const fails = !isLenient && findings.some(({ level }) => isStrict || level === 'error')
  const shown = findings.map(({ message }) => ({
    level: fails ? ('error' as const) : ('warning' as const),
    message,
  }))
  return { fails, findings: shown, ...(!fails && changed !== undefined && { text: changed }) }
}
