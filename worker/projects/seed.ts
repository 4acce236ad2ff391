import type { Database, Write } from '../database/client.ts'
import { nextId } from '../database/ids.ts'
import { projectGroups } from './schema.ts'

/** A new space's first group, so that a project can be made at once. */
export const seedProjectGroups = async (db: Database, spaceId: string): Promise<Write[]> => [
  db.insert(projectGroups).values({
    id: await nextId(db, 'ProjectGroups'),
    spaceId,
    name: 'Default Project Group',
    slug: 'default-project-group',
  }),
]
