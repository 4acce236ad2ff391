import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { poolInput, poolResource, workerInput, workerResource } from './pool.ts'
import { createPool, deletePool, deleteWorker, modifyPool, modifyWorker } from './pool-commands.ts'
import {
  getPool,
  getWorker,
  listPools,
  listPoolWorkers,
  listWorkers,
  type WorkerRow,
} from './worker-store.ts'

const space = { area: 'space' } as const

type Named = { id: string; name: string }

const narrowed = <Row extends Named>({ query }: Call, rows: Row[]): Row[] => {
  const ids = query.list('ids')?.map(id => id.toLowerCase())
  const name = query.text('name')?.toLowerCase()
  const partialName = query.text('partialName')?.toLowerCase()
  return rows.filter(
    row =>
      (!ids || ids.includes(row.id.toLowerCase())) &&
      (name === undefined || row.name.toLowerCase() === name) &&
      (partialName === undefined || row.name.toLowerCase().includes(partialName)),
  )
}

const paged = <Row extends Named>(
  call: Call,
  itemType: string,
  rows: Row[],
  resource: (row: Row) => unknown,
) => {
  const page = pageOf(call.query)
  const found = narrowed(call, rows)
  const items = found.slice(page.skip, page.skip + page.take).map(resource)
  return collection(itemType, items, found.length, page, call.request.url)
}

const workerPage = (call: Call, rows: WorkerRow[]) => {
  const { query } = call
  const disabled = query.text('isDisabled') === undefined ? undefined : query.flag('isDisabled')
  const health = query.list('healthStatuses')?.map(status => status.toLowerCase())
  const found = rows.filter(
    row =>
      (disabled === undefined || row.isDisabled === disabled) &&
      (!health || health.includes(row.healthStatus.toLowerCase())),
  )
  return paged(call, 'Worker', found, workerResource)
}

const poolOf = (call: Call) => getPool(call.db, call.space.id, call.params.id ?? '')

export const poolApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/workerpools',
    permission: 'WorkerView',
    summary: 'List worker pools in sort order',
    handler: async call =>
      paged(call, 'WorkerPool', await listPools(call.db, call.space.id), poolResource),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/workerpools',
    permission: 'WorkerEdit',
    schema: poolInput,
    summary: 'Create a worker pool',
    handler: async call => created(poolResource(await createPool(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workerpools/all',
    permission: 'WorkerView',
    summary: 'All worker pools in sort order',
    handler: async call =>
      narrowed(call, await listPools(call.db, call.space.id)).map(poolResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workerpools/supportedtypes',
    permission: 'WorkerView',
    summary: 'The kinds of worker pools there are',
    handler: () => ['StaticWorkerPool'],
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workerpools/dynamicworkertypes',
    permission: 'WorkerView',
    summary: 'Images for dynamic pools: none here',
    handler: () => [],
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workerpools/{id}',
    permission: 'WorkerView',
    summary: 'Get a worker pool by id, slug or name',
    handler: async call => poolResource(await poolOf(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/workerpools/{id}',
    permission: 'WorkerEdit',
    schema: poolInput,
    summary: 'Change a worker pool',
    handler: async call =>
      poolResource(await modifyPool(call, call.space.id, call.params.id ?? '', call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/workerpools/{id}',
    permission: 'WorkerEdit',
    summary: 'Delete an empty worker pool',
    handler: async call => {
      await deletePool(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workerpools/{id}/workers',
    permission: 'WorkerView',
    summary: 'List the workers of a pool by name',
    handler: async call => {
      const pool = await poolOf(call)
      return workerPage(call, await listPoolWorkers(call.db, call.space.id, pool.id))
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workers',
    permission: 'WorkerView',
    summary: 'List workers by name',
    handler: async call => workerPage(call, await listWorkers(call.db, call.space.id)),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workers/all',
    permission: 'WorkerView',
    summary: 'All workers by name',
    handler: async call =>
      narrowed(call, await listWorkers(call.db, call.space.id)).map(workerResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/workers/{id}',
    permission: 'WorkerView',
    summary: 'Get a worker',
    handler: async call =>
      workerResource(await getWorker(call.db, call.space.id, call.params.id ?? '')),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/workers/{id}',
    permission: 'WorkerEdit',
    schema: workerInput,
    summary: 'Change a worker',
    handler: async call =>
      workerResource(await modifyWorker(call, call.space.id, call.params.id ?? '', call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/workers/{id}',
    permission: 'WorkerEdit',
    summary: 'Delete a worker and revoke its runner',
    handler: async call => {
      await deleteWorker(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
]
