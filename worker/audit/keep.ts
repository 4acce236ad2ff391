import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { anchorHead } from './anchors.ts'
import { sealEvents } from './seals.ts'

/** What the record needs in each tick. When nothing has changed these are two small reads. */
export const keepChain = async (
  env: Pick<Environment, 'MASTER_KEY' | 'STORE'>,
  db: Database,
  now: number,
): Promise<void> => {
  await sealEvents(db, env.MASTER_KEY)
  await anchorHead(env.STORE, db, env.MASTER_KEY, now)
}
