import * as z from 'zod'
import { name } from './environment.ts'
import { machineFields } from './target.ts'
import type { PoolRow, WorkerRow } from './worker-store.ts'

export const poolInput = z.object({
  Name: name('A worker pool'),
  Description: z.string().max(20_000).nullish(),
  IsDefault: z.boolean().nullish(),
  SortOrder: z.number().int().min(0).max(1_000_000).nullish(),
  WorkerPoolType: z
    .literal('StaticWorkerPool', { error: 'must be StaticWorkerPool; there are no others here.' })
    .nullish(),
})
export type PoolInput = z.output<typeof poolInput>

export const workerInput = z.object({
  Name: name('A worker'),
  WorkerPoolIds: z
    .array(z.string().min(1).max(200))
    .min(1, 'is empty; a worker belongs to at least one pool.')
    .max(100),
  IsDisabled: z.boolean().nullish(),
})
export type WorkerInput = z.output<typeof workerInput>

export const poolResource = (row: PoolRow) => {
  const self = `/api/${row.spaceId}/workerpools/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Slug: row.slug,
    Description: row.description,
    WorkerPoolType: 'StaticWorkerPool',
    WorkerType: null,
    IsDefault: row.isDefault,
    CanAddWorkers: true,
    SortOrder: row.sortOrder,
    Links: { Self: self, Workers: `${self}/workers{?skip,take,partialName,isDisabled}` },
  }
}

export const workerResource = (row: WorkerRow) => ({
  Id: row.id,
  SpaceId: row.spaceId,
  Name: row.name,
  Slug: row.slug,
  WorkerPoolIds: row.poolIds,
  MachinePolicyId: null,
  ...machineFields(row),
  Links: { Self: `/api/${row.spaceId}/workers/${row.id}` },
})
