import type { VariableDictionary } from '../../substitution/variable-dictionary.ts'

/** Which files are transforms of which. Paths have slashes. */
export type Definition =
  /** `Release`: `web.Release.config` is one of `web.config`. */
  | { kind: 'suffix'; text: string; suffix: string; isAutomatic: boolean }
  /** `transforms/web.my.config => web.config`; a pattern begins `*.`, its rest follows. */
  | { kind: 'pair'; text: string; transform: FilePattern; target: FilePattern }

/** `name` is the rest of the name when it begins with `*.`. */
export type FilePattern = { folder: string; isWild: boolean; name: string }

const PREFIX = 'Octopus.Action.Package'

/** Those the step names, then `Release`, the environment and the tenant. */
export const definitionsOf = (variables: VariableDictionary): Definition[] => {
  const named = (variables.get(`${PREFIX}.AdditionalXmlConfigurationTransforms`) ?? '')
    .split(/[,\r\n]/)
    .map(text => text.trim())
    .filter(text => text !== '')
    .flatMap(parseDefinition)
  if (!isAutomatic(variables)) return named
  const suffixes = [
    'Release',
    variables.get('Octopus.Environment.Name'),
    variables.get('Octopus.Deployment.Tenant.Name'),
  ]
  return [
    ...named,
    ...suffixes.flatMap(suffix =>
      suffix?.trim() ? [{ kind: 'suffix' as const, text: suffix, suffix, isAutomatic: true }] : [],
    ),
  ]
}

export const isAutomatic = (variables: VariableDictionary): boolean =>
  variables.getFlag(`${PREFIX}.AutomaticallyRunConfigurationTransformationFiles`)

const parseDefinition = (text: string): Definition[] => {
  if (!text.includes('=>')) return [{ kind: 'suffix', text, suffix: text, isAutomatic: false }]
  const [transform, target] = text
    .split('=>')
    .map(part => part.trim())
    .filter(part => part !== '')
  if (!transform || !target) return []
  return [{ kind: 'pair', text, transform: patternOf(transform), target: patternOf(target) }]
}

const patternOf = (text: string): FilePattern => {
  const path = text.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  const isWild = name.startsWith('*.')
  const folder = slash < 0 ? '' : path.slice(0, slash) || '/'
  return { folder, isWild, name: isWild ? name.slice(2) : name }
}
