import { eq } from 'drizzle-orm'
import { SYSTEM } from '../access/system-user.ts'
import { record } from '../audit/record.ts'
import { commit, type Database, openDatabase } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { runners } from './schema.ts'

/** Writes down for everybody that a runner was shut out, and why; what cannot be written is logged. */
export const recordQuarantine = async (
  env: Environment,
  runnerId: string,
  reason: string,
  now: number,
): Promise<void> => {
  try {
    await write(openDatabase(env), runnerId, reason, now)
  } catch (error) {
    console.error(JSON.stringify({ quarantine: String(error) }))
  }
}

const write = async (
  db: Database,
  runnerId: string,
  reason: string,
  now: number,
): Promise<void> => {
  const [row] = await db.select().from(runners).where(eq(runners.id, runnerId))
  if (!row || row.quarantinedAt !== null) return
  await commit(db, [
    db
      .update(runners)
      .set({ quarantinedAt: now, quarantineReason: reason })
      .where(eq(runners.id, runnerId)),
    ...record(
      db,
      { principal: SYSTEM, origin: { userAgent: '', address: '' }, now },
      {
        spaceId: row.spaceId,
        category: 'RunnerQuarantined',
        message: `Runner ${row.name} was quarantined`,
        documentIds: [runnerId],
        details: { reason },
      },
    ),
  ])
}
