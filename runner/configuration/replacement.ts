import type { VariableDictionary } from '../substitution/variable-dictionary.ts'
import { replaceInJson } from './json.ts'
import { withLineEndsOf } from './line-ends.ts'
import { replaceInProperties } from './properties.ts'
import { replaceInXml } from './xml.ts'
import { replaceInYaml } from './yaml.ts'

export type Format = 'json' | 'xml' | 'yaml' | 'properties'

/** What became of a text; one that does not parse is of another format, or broken. */
export type Replacement =
  | { parses: false; reason: string }
  | { parses: true; text: string; replaced: number; warnings: string[] }

/** Puts the values of variables into a text, at the places their names address. Line ends are kept
 *  as most lines have them.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/structured-configuration-variables-feature
 *  @param encoding what an XML declaration is to name
 *  @throws SubstitutionError when a value cannot be evaluated */
export const replaceStructured = (
  format: Format,
  text: string,
  variables: VariableDictionary,
  encoding = 'utf-8',
): Replacement => {
  const result = REPLACERS[format](text, variables, encoding)
  if (!result.parses || format === 'properties') return result
  return { ...result, text: withLineEndsOf(text, result.text) }
}

const REPLACERS: Readonly<
  Record<Format, (text: string, variables: VariableDictionary, encoding: string) => Replacement>
> = {
  json: replaceInJson,
  xml: replaceInXml,
  yaml: replaceInYaml,
  properties: replaceInProperties,
}

/** Formats to try on a file of that name, in order; the first that parses is used. */
export const formatsOf = (file: string, { onlyJson = false } = {}): Format[] => {
  if (onlyJson) return ['json']
  const extension = /\.(json|xml|yaml|yml|properties)$/i.exec(file)?.[1]?.toLowerCase()
  if (extension === undefined) return ['json', 'xml', 'yaml', 'properties']
  if (extension === 'json') return ['json']
  return ['json', extension === 'yml' ? 'yaml' : (extension as Format)]
}
