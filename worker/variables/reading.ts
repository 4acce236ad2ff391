import { authorize, permits } from '../access/authorization.ts'
import type { Context } from '../http/call.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { getProject } from '../projects/store.ts'
import { listFrozen } from './frozen-store.ts'
import { type AskedPlace, findPlace } from './place.ts'
import { absentOf, indexByName, losersOf, resolve, type ScopedVariable } from './precedence.ts'
import { type PreviewedVariable, preview } from './preview.ts'
import { authorizeView, maySee, visibleIn } from './rights.ts'
import { loadScopeValues, type ScopeValues } from './scope-values.ts'
import { getSnapshot } from './snapshot.ts'
import { getSet, listSets, toScoped, type VariableSet, valuesOf } from './store.ts'
import { listValues, selectVariable, type ValueFilter } from './value-store.ts'
import { nameKeyOf, type VariableRow } from './variable.ts'

type Reader = Pick<Context, 'db' | 'principal' | 'now'>

export type ReadSet = { set: VariableSet; rows: VariableRow[]; choices: ScopeValues }

/** A live set with the values the caller may see, in order of definition.
 *  @throws Problem `not_found`, `forbidden` */
export const readSet = async (
  { db, principal }: Reader,
  spaceId: string,
  id: string,
): Promise<ReadSet> => {
  const set = await getSet(db, spaceId, id)
  authorizeView(principal, set)
  const project = set.owner.kind === 'project' ? set.owner : undefined
  const [rows, choices] = await Promise.all([
    valuesOf(db, [set.id]),
    loadScopeValues(db, spaceId, project),
  ])
  return { set, rows: rows.filter(row => maySee(principal, set, row)), choices }
}

/** A page of a live set by name; the values the caller may not see are not counted either.
 *  @throws Problem `not_found`, `forbidden` */
export const readValues = async (
  reader: Reader,
  spaceId: string,
  id: string,
  page: Page,
  filter: Omit<ValueFilter, 'visible'>,
): Promise<ReadSet & { total: number }> => {
  const { db, principal } = reader
  const set = await getSet(db, spaceId, id)
  authorizeView(principal, set)
  const project = set.owner.kind === 'project' ? set.owner : undefined
  const choices = await loadScopeValues(db, spaceId, project)
  const environmentIds = choices.environments.map(environment => environment.id)
  const visible = visibleIn(principal, set, environmentIds)
  return { set, choices, ...(await listValues(db, set.id, page, { ...filter, visible })) }
}

/** @throws Problem `not_found`, `forbidden` */
export const readValue = async (
  { db, principal }: Reader,
  spaceId: string,
  setId: string,
  id: string,
): Promise<VariableRow> => {
  const set = await getSet(db, spaceId, setId)
  authorizeView(principal, set)
  const [row] = await selectVariable(db, set.id, id)
  if (!row || !maySee(principal, set, row)) throw notFound(id)
  return row
}

/** What a release froze. Frozen values are shown to whoever may see all the live ones.
 *  @throws Problem `not_found`, `forbidden` */
export const readFrozenSet = async ({ db, principal }: Reader, spaceId: string, id: string) => {
  const snapshot = await getSnapshot(db, spaceId, id)
  const [set] = await listSets(db, spaceId, [snapshot.document.setId])
  if (!set) throw notFound(id)
  authorizeView(principal, set)
  const { variables } = snapshot.document
  const rows = variables.filter(frozen => maySee(principal, set, frozen))
  const project = set.owner.kind === 'project' ? set.owner : undefined
  const choices = await loadScopeValues(db, spaceId, project)
  const version = Number(/-s-(\d+)-/.exec(id)?.[1] ?? 0)
  return { set: { id: snapshot.id, spaceId, ownerId: snapshot.ownerId, version }, rows, choices }
}

/** A page of what a release froze, by name, as far as the caller may see it. */
export const readFrozen = (
  { db, principal }: Reader,
  {
    spaceId,
    projectId,
    variableSnapshotId,
  }: Record<'spaceId' | 'projectId' | 'variableSnapshotId', string>,
  { environments }: Pick<ScopeValues, 'environments'>,
  page: Page,
  text?: string,
) => {
  const set = { spaceId, owner: { kind: 'project' as const, id: projectId } }
  const visible = visibleIn(
    principal,
    set,
    environments.map(({ id }) => id),
  )
  return listFrozen(db, variableSnapshotId, page, { text, visible })
}

/** The project's sets, its own first, with the values the caller may see. */
const readProject = async ({ db, principal }: Reader, spaceId: string, reference: string) => {
  const project = await getProject(db, spaceId, reference)
  authorize(principal, 'VariableView', { spaceId, projectId: project.id })
  const ids = [project.id, ...project.settings.IncludedLibraryVariableSetIds]
  const setIds = ids.map(id => `variableset-${id}`)
  const [sets, rows] = await Promise.all([listSets(db, spaceId, setIds), valuesOf(db, setIds)])
  const known = setIds.flatMap(id => sets.find(each => each.id === id) ?? [])
  const variables: ScopedVariable[] = []
  const hidden: ScopedVariable[] = []
  const bySet = Map.groupBy(rows, row => row.setId)
  for (const set of known)
    for (const row of bySet.get(set.id) ?? [])
      (maySee(principal, set, row) ? variables : hidden).push(toScoped(row, set.owner.kind))
  return { project, sets: known, variables, hidden }
}

export type Preview = {
  variables: PreviewedVariable[]
  total: number
  /** Values that the reader may not see apply at the place too, and may stand before those shown. */
  isPartial: boolean
  /** Where values come from, by the id of their set. */
  owners: ReadonlyMap<string, VariableSet['owner']>
}

/**
 * Which value each variable has at a place, and why; by name. Secrets, and what refers to them, come
 * without value.
 * @throws Problem `invalid` for a place that does not exist, `not_found`, `forbidden`
 */
export const previewVariables = async (
  reader: Reader,
  spaceId: string,
  reference: string,
  asked: AskedPlace,
  { page, filter }: { page: Page; filter?: string | undefined },
): Promise<Preview> => {
  const { project, sets, variables, hidden } = await readProject(reader, spaceId, reference)
  const { scope, known } = await findPlace(reader.db, spaceId, project, asked)
  const { environmentId } = scope
  if (environmentId)
    authorize(reader.principal, 'VariableView', { spaceId, projectId: project.id, environmentId })
  const index = indexByName(variables)
  const all = resolve(index, scope).sort(byName)
  const part = filter?.trim().toLowerCase()
  const matching = part ? all.filter(({ name }) => name.toLowerCase().includes(part)) : all
  const shown = matching.slice(page.skip, page.skip + page.take).map(resolution => ({
    ...resolution,
    behind: losersOf(resolution, scope),
    elsewhere: absentOf(index.get(nameKeyOf(resolution.name)) ?? [], scope),
  }))
  return {
    variables: preview({ all, shown, known, now: reader.now }),
    total: matching.length,
    isPartial: resolve(hidden, scope).length > 0,
    owners: new Map(sets.map(set => [set.id, set.owner])),
  }
}

/** Names of all variables a project can use (or of all its space's projects), without values. */
export const variableNames = async (
  reader: Reader,
  spaceId: string,
  reference: string,
): Promise<string[]> => {
  const { variables } = await readProject(reader, spaceId, reference)
  const names = new Map(variables.map(({ name }) => [name.toLowerCase(), name]))
  return [...names.values()].sort((left, right) =>
    left.toLowerCase() < right.toLowerCase() ? -1 : 1,
  )
}

const byName = (left: { name: string }, right: { name: string }) => {
  const [a, b] = [left.name.toLowerCase(), right.name.toLowerCase()]
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether the caller may change anything in a set, so that pages offer it only then. */
export const mayEdit = ({ principal }: Reader, set: VariableSet): boolean =>
  permits(principal, set.owner.kind === 'library' ? 'LibraryVariableSetEdit' : 'VariableEdit', {
    spaceId: set.spaceId,
    ...(set.owner.kind === 'project' && { projectId: set.owner.id }),
  })
