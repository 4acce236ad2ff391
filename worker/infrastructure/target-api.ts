import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { targetInput, targetResource } from './target.ts'
import { createTarget, deleteTarget, modifyTarget } from './target-commands.ts'
import {
  getTarget,
  listTags,
  listTargets,
  type TargetFilter,
  type TargetRow,
} from './target-store.ts'
import { environmentsWithin } from './visibility.ts'

const space = { area: 'space' } as const
const ALL = { skip: 0, take: 10_000 }

/** Only what stands in an environment the caller may see, whatever the filter asks for. */
const filterOf = ({ query, principal, space }: Call, more: TargetFilter = {}): TargetFilter => ({
  name: query.text('name'),
  partialName: query.text('partialName'),
  ids: query.list('ids'),
  roles: query.list('roles'),
  environmentIds: query.list('environmentIds'),
  healthStatuses: query.list('healthStatuses'),
  isDisabled: query.text('isDisabled') === undefined ? undefined : query.flag('isDisabled'),
  commStyles: query.list('commStyles'),
  withinEnvironments: environmentsWithin(principal, 'MachineView', space.id),
  ...more,
})

export const targetPage = async (call: Call, more: TargetFilter = {}) => {
  const page = pageOf(call.query)
  const { rows, total } = await listTargets(call.db, call.space.id, filterOf(call, more), page)
  return collection('Machine', rows.map(targetResource), total, page, call.request.url)
}

const getVisible = async (call: Call): Promise<TargetRow> => {
  const row = await getTarget(call.db, call.space.id, call.params.id ?? '')
  const within = environmentsWithin(call.principal, 'MachineView', call.space.id)
  if (within && !row.environmentIds.some(id => within.includes(id)))
    throw notFound(call.params.id ?? '')
  return row
}

export const targetApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/machines',
    permission: 'MachineView',
    summary: 'List targets by name',
    handler: call => targetPage(call),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/machines',
    permission: 'MachineCreate',
    schema: targetInput,
    summary: 'Create a target that has no runner yet',
    handler: async call =>
      created(targetResource(await createTarget(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machines/all',
    permission: 'MachineView',
    summary: 'All targets by name',
    handler: async call =>
      (await listTargets(call.db, call.space.id, filterOf(call), ALL)).rows.map(targetResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machines/{id}',
    permission: 'MachineView',
    summary: 'Get a target by id, slug or name',
    handler: async call => targetResource(await getVisible(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/machines/{id}',
    permission: 'MachineEdit',
    schema: targetInput,
    summary: 'Change a target',
    handler: async call =>
      targetResource(await modifyTarget(call, call.space.id, call.params.id ?? '', call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/machines/{id}',
    permission: 'MachineDelete',
    summary: 'Delete a target and revoke its runner',
    handler: async call => {
      await deleteTarget(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machineroles/all',
    permission: 'MachineView',
    summary: 'Every target tag in use',
    handler: call => listTags(call.db, call.space.id),
  }),
]
