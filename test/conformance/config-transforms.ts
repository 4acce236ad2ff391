import { replaceSettings } from '../../runner/configuration/settings.ts'
import { transformText } from '../../runner/configuration/transforms/policy.ts'
import { selectTransforms } from '../../runner/configuration/transforms/selection.ts'
import { XmlError } from '../../runner/configuration/xml/read.ts'
import { VariableDictionary } from '../../runner/substitution/evaluate.ts'
import type { Adapter, Case } from './suite.ts'
import { sameXml } from './xml-document.ts'

/** Topics transform, settings and selection. */
export const configTransforms: Adapter = testCase => {
  const variables = new VariableDictionary(
    (testCase.variables ?? {}) as Record<string, string | null>,
  )
  switch (testCase.topic) {
    case 'transform':
      return transform(testCase, variables)
    case 'settings':
      return settings(testCase, variables)
    case 'selection':
      return selection(testCase, variables)
    default:
      throw new Error(`unknown topic ${testCase.topic}`)
  }
}

/** The text of the case where it is the same document: that is how outputs compare. */
const asExpected = (output: string, { expected }: Case): string => {
  const wanted = (expected as { output?: string }).output
  if (wanted === undefined || wanted === output) return output
  try {
    return sameXml(output, wanted) ? wanted : output
  } catch {
    return output
  }
}

const transform = (testCase: Case, variables: VariableDictionary) => {
  const input = testCase.input as string
  const { fails, text } = transformText(input, testCase.transform as string, variables)
  return fails ? { fails } : { fails, output: asExpected(text ?? input, testCase) }
}

const settings = (testCase: Case, variables: VariableDictionary) => {
  const input = testCase.input as string
  const ignores = variables.getFlag('Octopus.Action.Package.IgnoreVariableReplacementErrors')
  try {
    const { text, changes } = replaceSettings(input, variables)
    return { fails: false, changes: changes.length, output: asExpected(text, testCase) }
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    return ignores ? { fails: false, changes: 0, output: input } : { fails: true }
  }
}

const selection = (testCase: Case, variables: VariableDictionary) => {
  const { transforms } = selectTransforms(testCase.files as string[], variables)
  const expected = testCase.expected as Record<string, string[]>
  return Object.fromEntries(
    [...transforms].map(([target, found]) => {
      const wanted = expected[target]
      const isSame =
        testCase.anyOrder === true && wanted?.toSorted().join('\n') === found.toSorted().join('\n')
      return [target, isSame ? wanted : found]
    }),
  )
}
