import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import type { Principal } from './principal.ts'
import { spaceInput, spaceResource } from './space.ts'
import { createSpace, deleteSpace, modifySpace } from './space-commands.ts'
import { getSpace, listSpaces, managersOf, type SpaceRow } from './space-store.ts'

const system = { area: 'system' } as const

/** Anybody with a role in a space may know that it is there. */
const maySee = (principal: Principal, spaceId: string): boolean =>
  principal.kind === 'user' &&
  principal.grants.some(grant => grant.spaceId === null || grant.spaceId === spaceId)

export const visibleSpaces = async (call: Call): Promise<SpaceRow[]> => {
  const { query } = call
  const ids = query.list('ids')?.map(id => id.toLowerCase())
  const name = query.text('name')?.toLowerCase()
  const partialName = query.text('partialName')?.toLowerCase()
  return (await listSpaces(call.db)).filter(
    row =>
      maySee(call.principal, row.id) &&
      (!ids || ids.includes(row.id.toLowerCase())) &&
      (name === undefined || row.name.toLowerCase() === name) &&
      (partialName === undefined || row.name.toLowerCase().includes(partialName)),
  )
}

export const spaceResources = async (call: Call, rows: SpaceRow[]) => {
  const managers = await managersOf(
    call.db,
    rows.map(({ id }) => id),
  )
  return rows.map(row => spaceResource(row, managers.get(row.id) ?? []))
}

const one = async (call: Call, row: SpaceRow) => (await spaceResources(call, [row]))[0]

/** Not found in the same words whether a space is missing or merely not this caller's. */
const getVisible = async (call: Call): Promise<SpaceRow> => {
  const row = await getSpace(call.db, call.params.id ?? '')
  if (!maySee(call.principal, row.id)) throw notFound(call.params.id ?? '')
  return row
}

export const spaceRoutes: Route[] = [
  route({
    ...system,
    method: 'GET',
    path: '/spaces',
    permission: 'signed-in',
    summary: 'List the spaces you have a role in, by name',
    handler: async call => {
      const page = pageOf(call.query)
      const rows = await visibleSpaces(call)
      const items = await spaceResources(call, rows.slice(page.skip, page.skip + page.take))
      return collection('Space', items, rows.length, page, call.request.url)
    },
  }),
  route({
    ...system,
    method: 'POST',
    path: '/spaces',
    permission: 'SpaceCreate',
    schema: spaceInput,
    summary: 'Create a space',
    handler: async call => created(await one(call, await createSpace(call, call.body))),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/spaces/all',
    permission: 'signed-in',
    summary: 'All spaces you have a role in, by name',
    handler: async call => spaceResources(call, await visibleSpaces(call)),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/spaces/{id}',
    permission: 'signed-in',
    summary: 'Get a space by id or slug',
    handler: async call => one(call, await getVisible(call)),
  }),
  route({
    ...system,
    method: 'PUT',
    path: '/spaces/{id}',
    // Managers of the space hold SpaceEdit there; the command checks it for this very space.
    permission: 'signed-in',
    schema: spaceInput,
    summary: 'Change a space, or stop its task queue',
    handler: async call => {
      const row = await getVisible(call)
      return one(call, await modifySpace(call, row.id, call.body))
    },
  }),
  route({
    ...system,
    method: 'DELETE',
    path: '/spaces/{id}',
    permission: 'signed-in',
    summary: 'Delete a space whose task queue is stopped, with everything in it',
    handler: async call => {
      const row = await getVisible(call)
      await deleteSpace(call, row.id)
      return nothing()
    },
  }),
]
