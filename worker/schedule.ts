import { lt, sql } from 'drizzle-orm'
import { keepChain } from './audit/keep.ts'
import { openDatabase } from './database/client.ts'
import { allNext } from './deployments/gate.ts'
import { forgetAnswers } from './deployments/idempotency.ts'
import { deploymentObject } from './deployments/object.ts'
import type { Environment } from './environment.ts'
import { sweepPackages } from './packages/sweep.ts'
import { enrolmentTokens } from './runners/schema.ts'
import { expireTasks } from './tasks/expiry.ts'

/** At most this many of each kind in one tick; the rest wait for the next. */
const PER_TICK = 100
/** A running deployment that has not been heard of for this long is asked how it is. */
const QUIET_MS = 60_000
const KEEP_TOKENS_MS = 7 * 24 * 3_600_000

/**
 * What must happen though nobody asks: queued tasks whose turn has come are started, those nobody
 * may start any more time out, objects that were lost in a crash are woken. Everything here is safe
 * to do twice.
 */
export const runSchedule = async (env: Environment, now: number): Promise<void> => {
  const outcomes = await Promise.allSettled([
    expireTasks(openDatabase(env), now, PER_TICK),
    startTasks(env, now),
    forgetTokens(env, now),
    forgetAnswers(openDatabase(env), now),
    sweepPackages(env, openDatabase(env), now),
    keepChain(env, openDatabase(env), now),
  ])
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      console.error(JSON.stringify({ schedule: String(outcome.reason) }))
}

/** Whose turn it is in each queue, and those that run but have been quiet. */
const startTasks = async (env: Environment, now: number): Promise<void> => {
  const db = openDatabase(env)
  const rows = await db.all<{ deploymentId: string }>(sql`
    SELECT id AS deploymentId FROM (${allNext(now)})
    UNION ALL
    SELECT deployment_id FROM tasks WHERE state IN ('Executing', 'Cancelling')
      AND deployment_id IS NOT NULL AND updated_at < ${now - QUIET_MS}
    LIMIT ${PER_TICK}`)
  await Promise.all(
    rows.map(({ deploymentId }) => deploymentObject(env, deploymentId).start(deploymentId)),
  )
}

const forgetTokens = async (env: Environment, now: number): Promise<void> => {
  await openDatabase(env)
    .delete(enrolmentTokens)
    .where(lt(enrolmentTokens.expiresAt, now - KEEP_TOKENS_MS))
}
