import { permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { readScope, type Scope, scopeKey } from './scope.ts'
import { type FrozenVariable, readSnapshot } from './snapshot.ts'
import { valuesOf } from './store.ts'
import type { VariableRow } from './variable.ts'

/** One value on one side; a secret without its text. */
export type Side = { value: string | null; isSensitive: boolean; scope: Scope }

export type Difference = {
  name: string
  kind: 'added' | 'removed' | 'changed'
  before?: Side
  after?: Side
}

type Compared = Pick<
  FrozenVariable | VariableRow,
  'id' | 'name' | 'value' | 'isSensitive' | 'type'
> & { scope: unknown }

const sideOf = ({ value, isSensitive, scope }: Compared): Side => ({
  value: isSensitive ? null : value,
  isSensitive,
  scope: readScope(scope),
})

/** What has become of frozen values since, by name. Of secrets only that they differ. */
export const differencesOf = (
  frozen: readonly Compared[],
  now: readonly Compared[],
): Difference[] => {
  const current = new Map(now.map(each => [each.id, each]))
  const known = new Set(frozen.map(({ id }) => id))
  const differences: Difference[] = []
  for (const before of frozen) {
    const after = current.get(before.id)
    const { name } = after ?? before
    if (!after) differences.push({ name, kind: 'removed', before: sideOf(before) })
    else if (!equal(before, after))
      differences.push({ name, kind: 'changed', before: sideOf(before), after: sideOf(after) })
  }
  for (const after of now)
    if (!known.has(after.id))
      differences.push({ name: after.name, kind: 'added', after: sideOf(after) })
  const key = ({ name }: Difference) => name.toLowerCase()
  return differences.sort((left, right) => (key(left) < key(right) ? -1 : 1))
}

const equal = (left: Compared, right: Compared): boolean =>
  left.name === right.name &&
  left.value === right.value &&
  left.isSensitive === right.isSensitive &&
  left.type === right.type &&
  scopeKey(readScope(left.scope)) === scopeKey(readScope(right.scope))

type Reader = Pick<Call, 'db' | 'principal'>
type Of = { spaceId: string; projectId: string; variableSnapshotId: string }

/** What a release froze against the project's values as they are now, as far as the caller may see
 *  both. */
export const differencesSince = async (
  { db, principal }: Reader,
  release: Of,
  includedIds: readonly string[],
): Promise<Difference[]> => {
  const setIds = [release.projectId, ...includedIds].map(id => `variableset-${id}`)
  const [{ sets }, rows] = await Promise.all([
    readSnapshot(db, release.variableSnapshotId),
    valuesOf(db, setIds),
  ])
  const place = { spaceId: release.spaceId, projectId: release.projectId }
  const maySee = ({ scope }: { scope: unknown }): boolean => {
    const environments = readScope(scope).environment ?? []
    if (environments.length === 0) return permits(principal, 'VariableViewUnscoped', place)
    return environments.some(environmentId =>
      permits(principal, 'VariableView', { ...place, environmentId }),
    )
  }
  const frozen = sets.flatMap(set => set.variables)
  return differencesOf(frozen.filter(maySee), rows.filter(maySee))
}
