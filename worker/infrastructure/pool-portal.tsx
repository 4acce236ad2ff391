import { WorkerPoolsPage } from '../../ui/infrastructure/worker-pools-page.tsx'
import { permits } from '../access/authorization.ts'
import { type PageCall, page } from '../http/page.tsx'
import { shownHealth } from '../tasks/portal-status.ts'
import { listPools, listWorkers } from './worker-store.ts'

const list = async ({ db, space, frame, principal }: PageCall) => {
  const [pools, workers] = await Promise.all([listPools(db, space.id), listWorkers(db, space.id)])
  return (
    <WorkerPoolsPage
      frame={frame}
      mayAdd={permits(principal, 'WorkerEdit', { spaceId: space.id })}
      pools={pools.map(pool => ({
        ...pool,
        workers: workers
          .filter(({ poolIds }) => poolIds.includes(pool.id))
          .map(worker => ({
            id: worker.id,
            name: worker.name,
            health: shownHealth(worker),
            lastSeenAt: worker.lastSeenAt ?? undefined,
          })),
      }))}
    />
  )
}

export const poolPages = [
  page({ path: '/infrastructure/worker-pools', permission: 'WorkerView', handler: list }),
]
