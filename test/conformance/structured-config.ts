import { parseAllDocuments } from 'yaml'
import {
  type Format,
  formatsOf,
  replaceStructured,
} from '../../runner/configuration/replacement.ts'
import { VariableDictionary } from '../../runner/substitution/evaluate.ts'
import type { Adapter, Case } from './suite.ts'
import { sameXml } from './xml-document.ts'

/** Topics replace and format-order. */
export const structuredConfig: Adapter = testCase => {
  const variables = new VariableDictionary(
    (testCase.variables ?? {}) as Record<string, string | null>,
  )
  switch (testCase.topic) {
    case 'replace':
      return replace(testCase, variables)
    case 'format-order':
      return formatsOf(testCase.file as string, {
        onlyJson: variables.getFlag('Octopus.Action.StructuredConfigurationFallbackFlag'),
      })
    default:
      throw new Error(`unknown topic ${testCase.topic}`)
  }
}

const replace = (testCase: Case, variables: VariableDictionary) => {
  const format = testCase.format as Format
  const result = replaceStructured(format, testCase.input as string, variables)
  if (!result.parses) return { parses: false }
  const expected = testCase.expected as { output?: string }
  const { text, replaced, warnings } = result
  const isSame =
    testCase.compare === 'document' &&
    expected.output !== undefined &&
    SAME[format](text, expected.output)
  return {
    parses: true,
    output: isSame ? expected.output : text,
    replaced,
    ...(warnings.length > 0 && { warnings: warnings.length }),
  }
}

const jsonOf = (text: string): string => JSON.stringify(JSON.parse(text))

/** Scalars with the same text are the same, however they are quoted. */
const yamlOf = (text: string): string =>
  JSON.stringify(parseAllDocuments(text, { schema: 'failsafe' }).map(one => one.toJS()))

const SAME: Readonly<Record<Format, (left: string, right: string) => boolean>> = {
  json: (left, right) => jsonOf(left) === jsonOf(right),
  yaml: (left, right) => yamlOf(left) === yamlOf(right),
  xml: sameXml,
  properties: (left, right) => left === right,
}
