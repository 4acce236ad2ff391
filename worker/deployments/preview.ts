import type { Database } from '../database/client.ts'
import type { EnvironmentRow } from '../infrastructure/store.ts'
import { listTargetsFor } from '../infrastructure/store.ts'
import { listPools, listWorkers } from '../infrastructure/worker-store.ts'
import { readSteps } from '../projects/process.ts'
import { getProcessSnapshot } from '../projects/snapshot.ts'
import type { ReleaseRow } from '../releases/store.ts'
import { type Planning, planDeployment } from './plan.ts'

const NOTHING_LEFT_OUT = { skipActionIds: [], specificMachineIds: [], excludedMachineIds: [] }

/** What a deployment of the release to the environment would do if it started now: the plan is made
 *  by the same code that makes it for execution. */
export const previewDeployment = async (
  db: Database,
  release: ReleaseRow,
  environment: EnvironmentRow,
): Promise<Planning> => {
  const { spaceId } = release
  const [process, targets, pools, workers] = await Promise.all([
    getProcessSnapshot(db, spaceId, release.processSnapshotId),
    listTargetsFor(db, spaceId, { environmentId: environment.id }),
    listPools(db, spaceId),
    listWorkers(db, spaceId),
  ])
  return planDeployment({
    steps: readSteps(process.steps),
    environment,
    channelId: release.channelId,
    targets,
    pools: pools.map(pool => ({
      ...pool,
      workers: workers.filter(
        ({ isDisabled, poolIds }) => !isDisabled && poolIds.includes(pool.id),
      ),
    })),
    request: NOTHING_LEFT_OUT,
  })
}
