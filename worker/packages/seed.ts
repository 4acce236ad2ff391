import type { Database, Write } from '../database/client.ts'
import { nextId } from '../database/ids.ts'
import { feeds } from './schema.ts'

/** A space's built-in package repository. In the first space clients know it as `feeds-builtin`. */
export const seedFeeds = async (db: Database, spaceId: string): Promise<Write[]> => [
  db.insert(feeds).values({
    id: spaceId === 'Spaces-1' ? 'feeds-builtin' : await nextId(db, 'Feeds'),
    spaceId,
    name: 'Slipway (built-in)',
    feedType: 'BuiltIn',
  }),
]
