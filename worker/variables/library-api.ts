import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { CONTENT_TYPES, libraryInput } from './library.ts'
import { createLibrarySet, deleteLibrarySet, modifyLibrarySet } from './library-commands.ts'
import { getLibrarySet, listLibrarySets, projectsIncluding } from './library-store.ts'
import { libraryResource } from './resource.ts'

const space = { area: 'space' } as const
const ALL = { skip: 0, take: 10_000 }
const NONE = { rows: [], total: 0 }

/** Script modules are sets of another content type at the same address. */
const list = ({ db, space, query }: Call, page: { skip: number; take: number }) => {
  const asked = query.text('contentType')?.toLowerCase()
  const contentType = CONTENT_TYPES.find(each => each.toLowerCase() === asked)
  if (asked !== undefined && !contentType) return NONE
  return listLibrarySets(db, space.id, page, {
    partialName: query.text('partialName'),
    ids: query.list('ids'),
    contentType,
  })
}

export const libraryApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/libraryvariablesets',
    permission: 'LibraryVariableSetView',
    summary: 'List library variable sets by name',
    handler: async call => {
      const page = pageOf(call.query)
      const { rows, total } = await list(call, page)
      const { url } = call.request
      return collection('LibraryVariableSet', rows.map(libraryResource), total, page, url)
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/libraryvariablesets',
    permission: 'LibraryVariableSetCreate',
    schema: libraryInput,
    summary: 'Create a library variable set',
    handler: async call =>
      created(libraryResource(await createLibrarySet(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/libraryvariablesets/all',
    permission: 'LibraryVariableSetView',
    summary: 'All library variable sets by name',
    handler: async call => (await list(call, ALL)).rows.map(libraryResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/libraryvariablesets/{id}',
    permission: 'LibraryVariableSetView',
    summary: 'Get a library variable set',
    handler: async call =>
      libraryResource(await getLibrarySet(call.db, call.space.id, call.params.id ?? '')),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/libraryvariablesets/{id}',
    permission: 'LibraryVariableSetEdit',
    schema: libraryInput,
    summary: 'Change a library variable set',
    handler: async call =>
      libraryResource(await modifyLibrarySet(call, call.space.id, call.params.id ?? '', call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/libraryvariablesets/{id}',
    permission: 'LibraryVariableSetDelete',
    summary: 'Delete a library variable set that no project includes',
    handler: async call => {
      await deleteLibrarySet(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/libraryvariablesets/{id}/usages',
    permission: 'LibraryVariableSetView',
    summary: 'The projects that include a library variable set',
    handler: async call => {
      const set = await getLibrarySet(call.db, call.space.id, call.params.id ?? '')
      const users = await projectsIncluding(call.db, set.id)
      return {
        Projects: users.map(({ id, name, slug }) => ({
          ProjectId: id,
          ProjectName: name,
          ProjectSlug: slug,
          Releases: [],
          RunbookSnapshots: [],
        })),
        Count: users.length,
      }
    },
  }),
]
