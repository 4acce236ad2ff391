import { isBuiltIn } from './built-in.ts'
import type { PreviewedVariable, ShownLoser } from './preview.ts'
import type { Preview } from './reading.ts'
import { type Scope, toWireScope } from './scope.ts'
import type { Choice, ScopeValues } from './scope-values.ts'
import type { FrozenVariable } from './snapshot.ts'
import type { LibrarySet } from './store.ts'
import { tiesOf } from './ties.ts'
import { scopeOf, type VariableRow } from './variable.ts'

/** A secret never leaves: its value is null whether it has one or not. */
export const variableResource = (row: VariableRow | FrozenVariable) => ({
  Id: row.id,
  Name: row.name,
  Value: row.isSensitive ? null : row.value,
  Description: row.description,
  Type: row.type,
  IsSensitive: row.isSensitive,
  IsEditable: true,
  Prompt: row.prompt ?? null,
  Scope: toWireScope(scopeOf(row)),
})

/** The same, when it is read or changed by itself. */
export const valueResource = (row: VariableRow) => ({
  ...variableResource(row),
  VariableSetId: row.setId,
  Revision: row.revision,
})

const choices = (known: Choice[]) => known.map(({ id, name }) => ({ Id: id, Name: name }))

const scopeValues = (values: ScopeValues) => ({
  Environments: choices(values.environments),
  Machines: choices(values.machines),
  Roles: choices(values.roles),
  Actions: choices(values.actions),
  Channels: choices(values.channels),
  TenantTags: [],
  Processes: choices(values.processes).map(each => ({ ...each, ProcessType: 'Deployment' })),
})

/** A set of variables, live or frozen. */
export const setResource = (
  set: { id: string; spaceId: string; ownerId: string; version: number },
  rows: (VariableRow | FrozenVariable)[],
  values: ScopeValues,
) => ({
  Id: set.id,
  SpaceId: set.spaceId,
  OwnerId: set.ownerId,
  Version: set.version,
  Variables: rows.map(variableResource),
  ScopeValues: scopeValues(values),
  Warnings: tieWarnings(rows, values),
  Links: { Self: `/api/${set.spaceId}/variables/${set.id}` },
})

/** Values that some place cannot tell apart, in words. */
export const tieWarnings = (
  rows: readonly (VariableRow | FrozenVariable)[],
  values: ScopeValues,
): string[] => {
  const all = [values.environments, values.machines, values.actions, values.channels].flat()
  const names = new Map(all.map(({ id, name }) => [id, name]))
  const words = (scope: Scope) =>
    Object.values(scope)
      .map(ids => ids.map(id => names.get(id) ?? id).join(', '))
      .join(' and ')
  const ties = tiesOf(rows.map(row => ({ name: row.name, scope: scopeOf(row) }))).map(
    ({ name, first, second }) =>
      `${name} has two values that are just as specific: one for ${words(first)}, one for ` +
      `${words(second)}. Where both apply, the one that was defined first holds.`,
  )
  const useless = [...new Set(rows.map(({ name }) => name).filter(isBuiltIn))].slice(0, 50)
  return [
    ...ties,
    ...useless.map(
      name => `${name} is given its value by the system; what is set here never holds.`,
    ),
  ]
}

/** A value as it holds somewhere, with why it does. */
export const previewResource = (previewed: PreviewedVariable, owners: Preview['owners']) => ({
  Id: previewed.winner.id,
  Name: previewed.name,
  Value: previewed.value,
  EvaluatedValue: previewed.evaluated,
  Problem: previewed.problem,
  Type: previewed.isSensitive ? 'Sensitive' : previewed.winner.type,
  IsSensitive: previewed.isSensitive,
  Scope: toWireScope(previewed.winner.scope),
  ...sourceOf(previewed.winner.setId, owners),
  Explanation: {
    Rule: previewed.rule,
    IsTie: previewed.isTie,
    Losers: previewed.behind.map(loser => loserResource(loser, owners)),
    Elsewhere: previewed.elsewhere.map(loser => loserResource(loser, owners)),
  },
})

const loserResource = (loser: ShownLoser, owners: Preview['owners']) => ({
  Id: loser.variable.id,
  Value: loser.value,
  IsSensitive: loser.isSensitive,
  Scope: toWireScope(loser.variable.scope),
  ...sourceOf(loser.variable.setId, owners),
  Rule: loser.rule,
})

const sourceOf = (setId: string, owners: Preview['owners']) => ({
  VariableSetId: setId,
  Source: owners.get(setId)?.name ?? setId,
})

export const libraryResource = (row: LibrarySet) => {
  const space = `/api/${row.spaceId}`
  const self = `${space}/libraryvariablesets/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Description: row.description,
    ContentType: row.contentType,
    Templates: [],
    VariableSetId: `variableset-${row.id}`,
    Links: {
      Self: self,
      Variables: `${space}/variables/variableset-${row.id}`,
      Usages: `${self}/usages`,
    },
  }
}
