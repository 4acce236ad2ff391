import type { Database, Write } from '../database/client.ts'
import { nextId } from '../database/ids.ts'
import { machinePolicies, workerPools } from './schema.ts'

/** A new space's default worker pool and default machine policy. */
export const seedInfrastructure = async (db: Database, spaceId: string): Promise<Write[]> => [
  db.insert(workerPools).values({
    id: await nextId(db, 'WorkerPools'),
    spaceId,
    name: 'Default Worker Pool',
    slug: 'default-worker-pool',
    isDefault: true,
    sortOrder: 0,
  }),
  db.insert(machinePolicies).values({
    id: await nextId(db, 'MachinePolicies'),
    spaceId,
    name: 'Default Machine Policy',
    isDefault: true,
  }),
]
