import type { Database, Write } from '../database/client.ts'
import { nextId } from '../database/ids.ts'
import { lifecycles } from './schema.ts'

/** A new space's "Default Lifecycle": no phases, so every environment in its order is one. */
export const seedLifecycles = async (
  db: Database,
  spaceId: string,
  now: number,
): Promise<Write[]> => [
  db.insert(lifecycles).values({
    id: await nextId(db, 'Lifecycles'),
    spaceId,
    name: 'Default Lifecycle',
    slug: 'default-lifecycle',
    description: '',
    createdAt: now,
  }),
]
