import { authorize, permits } from '../access/authorization.ts'
import type { Permission } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import type { VariableSet } from './store.ts'
import { scopeOf, type VariableRow } from './variable.ts'

type Scoped = Pick<VariableRow, 'scope'>

/** What of a set decides who may see it. */
type Owned = { spaceId: string; owner: Pick<VariableSet['owner'], 'kind' | 'id'> }

const placeOf = (set: Owned) => ({
  spaceId: set.spaceId,
  ...(set.owner.kind === 'project' && { projectId: set.owner.id }),
})

/** @throws Problem `forbidden` */
export const authorizeView = (principal: Principal, set: VariableSet): void => {
  authorize(principal, 'VariableView', placeOf(set))
  if (set.owner.kind === 'library') authorize(principal, 'LibraryVariableSetView', placeOf(set))
}

/** @throws Problem `forbidden` */
export const authorizeEdit = (principal: Principal, set: VariableSet): void => {
  authorize(principal, 'VariableEdit', placeOf(set))
  if (set.owner.kind === 'library') authorize(principal, 'LibraryVariableSetEdit', placeOf(set))
}

/** A value for some environments is seen by whoever may see one of them; a value for all takes a
 *  permission of its own. */
export const maySee = (principal: Principal, set: VariableSet, row: Scoped): boolean => {
  const environments = scopeOf(row).environment ?? []
  const place = placeOf(set)
  if (environments.length === 0) return permits(principal, 'VariableViewUnscoped', place)
  return environments.some(environmentId =>
    permits(principal, 'VariableView', { ...place, environmentId }),
  )
}

/** What of a set somebody may see, so that a page can be read without reading all: the values for
 *  everywhere, and those for one of these environments; undefined: all of them. */
export type Visible = { unscoped: boolean; environmentIds: string[] } | undefined

export const visibleIn = (
  principal: Principal,
  set: Owned,
  environmentIds: readonly string[],
): Visible => {
  const place = placeOf(set)
  const sees = (environmentId: string) =>
    permits(principal, 'VariableView', { ...place, environmentId })
  const unscoped = permits(principal, 'VariableViewUnscoped', place)
  // An environment that is not there is seen only by those whose roles are limited to none.
  if (unscoped && sees('')) return undefined
  return { unscoped, environmentIds: environmentIds.filter(sees) }
}

/** Changing a value takes the right to every environment it is for, before and after.
 *  @throws Problem `forbidden` */
export const authorizeValue = (principal: Principal, set: VariableSet, row: Scoped): void => {
  const environments = scopeOf(row).environment ?? []
  const place = placeOf(set)
  const demand = (permission: Permission, environmentId?: string) =>
    authorize(principal, permission, { ...place, ...(environmentId && { environmentId }) })
  if (environments.length === 0) demand('VariableEditUnscoped')
  for (const environmentId of environments) demand('VariableEdit', environmentId)
}
