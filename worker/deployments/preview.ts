import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { readSteps } from '../projects/process.ts'
import { getProcessSnapshot } from '../projects/snapshot.ts'
import type { ReleaseRow } from '../releases/store.ts'
import {
  type PoolRow,
  selectPools,
  selectTargets,
  type TargetRow,
  toPools,
  toTargets,
} from './places.ts'
import { type Planning, planDeployment } from './plan.ts'

const NOTHING_LEFT_OUT = { skipActionIds: [], specificMachineIds: [], excludedMachineIds: [] }

/** What a deployment of the release to the environment would do if it started now: made by the same
 *  code, and from the same rows, as the plan of one that does. */
export const previewDeployment = async (
  db: Database,
  release: ReleaseRow,
  environment: { id: string; name: string },
): Promise<Planning> => {
  const { spaceId } = release
  const [process, [targets, pools]] = await Promise.all([
    getProcessSnapshot(db, spaceId, release.processSnapshotId),
    db.batch([
      db.all<TargetRow>(selectTargets(sql`SELECT ${environment.id}`)),
      db.all<PoolRow>(selectPools(sql`SELECT ${spaceId}`)),
    ]),
  ])
  return planDeployment({
    steps: readSteps(process.steps),
    environment,
    channelId: release.channelId,
    targets: toTargets(targets),
    pools: toPools(pools),
    request: NOTHING_LEFT_OUT,
  })
}
