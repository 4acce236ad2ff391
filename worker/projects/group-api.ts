import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { createGroup, deleteGroup, modifyGroup } from './group-commands.ts'
import { ALL, projectPage } from './project-api.ts'
import { groupInput } from './project-input.ts'
import { groupResource } from './resource.ts'
import { getGroup, listGroups } from './store.ts'

const space = { area: 'space' } as const

const filterOf = ({ query }: Call) => ({
  name: query.text('name'),
  partialName: query.text('partialName'),
  ids: query.list('ids'),
})

export const groupApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/projectgroups',
    permission: 'ProjectGroupView',
    summary: 'List project groups by name',
    handler: async call => {
      const page = pageOf(call.query)
      const { rows, total } = await listGroups(call.db, call.space.id, page, filterOf(call))
      return collection('ProjectGroup', rows.map(groupResource), total, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/projectgroups',
    permission: 'ProjectGroupCreate',
    schema: groupInput,
    summary: 'Create a project group',
    handler: async call =>
      created(groupResource(await createGroup(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projectgroups/all',
    permission: 'ProjectGroupView',
    summary: 'All project groups by name',
    handler: async call =>
      (await listGroups(call.db, call.space.id, ALL, filterOf(call))).rows.map(groupResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projectgroups/{id}',
    permission: 'ProjectGroupView',
    summary: 'Get a project group by id, slug or name',
    handler: async call =>
      groupResource(await getGroup(call.db, call.space.id, call.params.id ?? '')),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/projectgroups/{id}',
    permission: 'ProjectGroupEdit',
    schema: groupInput,
    summary: 'Change a project group',
    handler: async call =>
      groupResource(await modifyGroup(call, call.space.id, call.params.id ?? '', call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/projectgroups/{id}',
    permission: 'ProjectGroupDelete',
    summary: 'Delete a project group that holds no projects',
    handler: async call => {
      await deleteGroup(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projectgroups/{id}/projects',
    permission: 'ProjectView',
    summary: 'List the projects of a group',
    handler: async call => {
      const group = await getGroup(call.db, call.space.id, call.params.id ?? '')
      return projectPage(call, { groupId: group.id })
    },
  }),
]
