import { and, asc, eq, isNull } from 'drizzle-orm'
import type { TargetDecisions } from '../../ui/infrastructure/target-decisions.tsx'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { hubObject } from './object.ts'
import { runners } from './schema.ts'

/** More that ask at once are not shown. */
const MAX_NEWCOMERS = 20

/** What only a person can decide about a target; without its hub's word the lock is left out. */
export const decisionsAbout = async (
  { db, env }: { db: Database; env: Pick<Environment, 'HUB'> },
  target: { id: string; spaceId: string; runnerId: string | null },
): Promise<TargetDecisions> => {
  const [own, newcomers, lock] = await Promise.all([
    target.runnerId === null
      ? []
      : db.select().from(runners).where(eq(runners.id, target.runnerId)),
    db
      .select()
      .from(runners)
      .where(and(eq(runners.pendingTargetId, target.id), isNull(runners.revokedAt)))
      .orderBy(asc(runners.createdAt))
      .limit(MAX_NEWCOMERS),
    lockOf(env, target),
  ])
  const [runner] = own
  return {
    ...(runner?.quarantinedAt && {
      quarantine: { runnerId: runner.id, reason: runner.quarantineReason },
    }),
    newcomers: newcomers.map(({ id, facts, createdAt }) => ({
      runnerId: id,
      hostname: String((facts as { hostname?: unknown } | null)?.hostname ?? 'an unknown machine'),
      at: createdAt,
    })),
    ...(lock && { lock: { label: lock.label, isOutcomeUnknown: lock.attempt !== null } }),
  }
}

const lockOf = async (
  env: Pick<Environment, 'HUB'>,
  { id, spaceId }: { id: string; spaceId: string },
) => {
  try {
    return await hubObject(env, spaceId).lockOf(id)
  } catch {
    return undefined
  }
}
