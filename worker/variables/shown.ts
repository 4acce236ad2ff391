import type { Scope as ShownScope } from '../../ui/components/chips.tsx'
import type { Option } from '../../ui/components/fields.tsx'
import type { VariableRow as ShownVariable } from '../../ui/variables/variable-list.tsx'
import { promptOf } from './prompt.ts'
import type { Scope } from './scope.ts'
import type { Choice, ScopeValues } from './scope-values.ts'
import { nameKeyOf, scopeOf, type VariableRow } from './variable.ts'

/** Values as the portal's list shows them: a name once, with its values below it. */
export const grouped = (rows: readonly VariableRow[], choices: ScopeValues): ShownVariable[] => {
  const names = new Map<string, ShownVariable>()
  for (const row of rows) {
    const key = nameKeyOf(row.name)
    const known = names.get(key) ?? { name: row.name, values: [] }
    known.values.push({
      id: row.id,
      value: row.isSensitive ? undefined : (row.value ?? ''),
      sensitive: row.isSensitive,
      description: row.description,
      scope: shownScope(scopeOf(row), choices),
      marks: marksOf(row),
    })
    names.set(key, known)
  }
  return [...names.values()]
}

const marksOf = (row: VariableRow): string[] => {
  const prompt = promptOf(row, row.prompt)
  return [
    ...(row.type === 'String' || row.isSensitive ? [] : [spoken(row.type)]),
    ...(prompt
      ? [`Asked when deploying: ${prompt.label}${prompt.isRequired ? ' (required)' : ''}`]
      : []),
  ]
}

/** `WorkerPool` → `Worker pool`. */
const spoken = (type: string): string => {
  const words = type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

/** A scope by names; what was deleted since is named by its id. */
export const shownScope = (scope: Scope, choices: ScopeValues): ShownScope => {
  const named = (ids: readonly string[] | undefined, known: Choice[]) =>
    (ids ?? []).map(id => known.find(choice => choice.id === id)?.name ?? `${id} (deleted)`)
  return {
    environments: named(scope.environment, choices.environments),
    targetTags: [...(scope.role ?? [])],
    targets: named(scope.machine, choices.machines),
    steps: named(scope.action, choices.actions),
    channels: named(scope.channel, choices.channels),
    tenantTags: [...(scope.tenantTag ?? [])],
    processes: named(scope.processOwner, choices.processes),
  }
}

export const options = (choices: readonly Choice[]): Option[] =>
  choices.map(({ id, name }) => ({ value: id, label: name }))

type Values = Record<string, string | string[]>

/** What the form of a value begins with. */
export const formValues = (row: VariableRow): Values => {
  const scope = scopeOf(row)
  return {
    name: row.name,
    value: row.isSensitive ? '' : (row.value ?? ''),
    description: row.description,
    isSensitive: String(row.isSensitive),
    type: row.type,
    environments: [...(scope.environment ?? [])],
    targetTags: [...(scope.role ?? [])],
    targets: [...(scope.machine ?? [])],
    steps: [...(scope.action ?? [])],
    channels: [...(scope.channel ?? [])],
    ...promptValues(row),
  }
}

const promptValues = (row: VariableRow): Values => {
  const prompt = promptOf(row, row.prompt)
  if (!prompt) return {}
  return {
    isPrompted: 'true',
    promptLabel: prompt.label === row.name ? '' : prompt.label,
    promptDescription: prompt.description,
    promptRequired: String(prompt.isRequired),
    promptControl: prompt.control,
    promptOptions: prompt.options
      .map(({ value, label }) => (value === label ? value : `${value}|${label}`))
      .join('\n'),
  }
}
