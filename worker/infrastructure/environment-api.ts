import * as z from 'zod'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { environmentInput, environmentResource } from './environment.ts'
import {
  createEnvironment,
  deleteEnvironment,
  modifyEnvironment,
  sortEnvironments,
} from './environment-commands.ts'
import { type EnvironmentRow, getEnvironment, listEnvironments } from './environment-store.ts'
import { summarize } from './summary.ts'
import { targetPage } from './target-api.ts'
import { environmentsWithin } from './visibility.ts'

const space = { area: 'space' } as const

/** A space has few environments: they are read whole, then narrowed. */
const visible = async ({ db, space, principal, query }: Call): Promise<EnvironmentRow[]> => {
  const within = environmentsWithin(principal, 'EnvironmentView', space.id)
  const ids = query.list('ids')?.map(id => id.toLowerCase())
  const name = query.text('name')?.toLowerCase()
  const partialName = query.text('partialName')?.toLowerCase()
  const type = query.text('type')?.toLowerCase()
  // Only static environments exist here: a list of another type is empty.
  if (type !== undefined && type !== 'static') return []
  return (await listEnvironments(db, space.id)).filter(
    row =>
      (!within || within.includes(row.id)) &&
      (!ids || ids.includes(row.id.toLowerCase())) &&
      (name === undefined || row.name.toLowerCase() === name) &&
      (partialName === undefined || row.name.toLowerCase().includes(partialName)),
  )
}

const pageOfEnvironments = async <T>(call: Call, resource: (row: EnvironmentRow) => T) => {
  const page = pageOf(call.query)
  const rows = await visible(call)
  const items = rows.slice(page.skip, page.skip + page.take).map(resource)
  return collection('Environment', items, rows.length, page, call.request.url)
}

const getVisible = async (call: Call): Promise<EnvironmentRow> => {
  const row = await getEnvironment(call.db, call.space.id, call.params.id ?? '')
  const within = environmentsWithin(call.principal, 'EnvironmentView', call.space.id)
  if (within && !within.includes(row.id)) throw notFound(call.params.id ?? '')
  return row
}

export const environmentApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/environments',
    permission: 'EnvironmentView',
    summary: 'List environments in sort order',
    handler: call => pageOfEnvironments(call, environmentResource),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/environments',
    permission: 'EnvironmentCreate',
    schema: environmentInput,
    summary: 'Create an environment',
    handler: async call =>
      created(environmentResource(await createEnvironment(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/environments/all',
    permission: 'EnvironmentView',
    summary: 'All environments in sort order',
    handler: async call => (await visible(call)).map(environmentResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/environments/v2',
    permission: 'EnvironmentView',
    summary: 'List environments with their type',
    handler: call =>
      pageOfEnvironments(call, row => ({ ...environmentResource(row), Type: 'Static' })),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/environments/summary',
    permission: 'EnvironmentView',
    summary: 'How many targets each environment has, by health',
    handler: async call => summarize(await visible(call), call.db, call.space.id),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/environments/sortorder',
    permission: 'EnvironmentEdit',
    schema: z.array(z.string().max(200)).max(1_000),
    summary: 'Put environments into the given order',
    handler: async call =>
      (await sortEnvironments(call, call.space.id, call.body)).map(environmentResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/environments/{id}',
    permission: 'EnvironmentView',
    summary: 'Get an environment by id, slug or name',
    handler: async call => environmentResource(await getVisible(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/environments/{id}',
    permission: 'EnvironmentEdit',
    schema: environmentInput,
    summary: 'Change an environment',
    handler: async call =>
      environmentResource(
        await modifyEnvironment(call, call.space.id, call.params.id ?? '', call.body),
      ),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/environments/{id}',
    permission: 'EnvironmentDelete',
    summary: 'Delete an environment that nothing refers to',
    handler: async call => {
      await deleteEnvironment(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/environments/{id}/machines',
    permission: 'MachineView',
    summary: 'List the targets of an environment',
    handler: async call => targetPage(call, { environmentIds: [(await getVisible(call)).id] }),
  }),
]
