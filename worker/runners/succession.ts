import { and, eq, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import { targets, workers } from '../infrastructure/schema.ts'
import { runners } from './schema.ts'

/**
 * One runner takes the place of another: its target is worked on by the newcomer, and so is the pool
 * member the old one stood for; the old one is let in no more.
 */
export const succession = (
  db: Database,
  place: { id: string; runnerId: string | null; to: string; now: number },
): Write[] => {
  const { id, runnerId: from, to, now } = place
  const change = { runnerId: to, healthStatus: 'Unknown', statusSummary: '' }
  return [
    db.update(targets).set(change).where(eq(targets.id, id)),
    db
      .update(runners)
      .set({ pendingTargetId: null })
      .where(and(eq(runners.id, to), eq(runners.pendingTargetId, id))),
    ...(from === null
      ? []
      : [
          db.update(workers).set(change).where(eq(workers.runnerId, from)),
          db.run(sql`UPDATE runners SET revoked_at = ${now} WHERE id = ${from}
            AND revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM targets WHERE runner_id = ${from})`),
        ]),
  ]
}
