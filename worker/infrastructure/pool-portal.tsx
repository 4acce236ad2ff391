import { and, eq } from 'drizzle-orm'
import type { FormState } from '../../ui/components/form.tsx'
import { WorkerPoolsPage } from '../../ui/infrastructure/worker-pools-page.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { shownHealth } from '../tasks/portal-status.ts'
import { poolInput } from './pool.ts'
import { createPool, deletePool, deleteWorker } from './pool-commands.ts'
import { workers as workersTable } from './schema.ts'
import { getPool, getWorker, listPools, listWorkers } from './worker-store.ts'

const list = async (call: PageCall, form: FormState = fresh()) => {
  const { db, space, frame, principal } = call
  const [pools, workers, shared] = await Promise.all([
    listPools(db, space.id),
    listWorkers(db, space.id),
    db.$count(
      workersTable,
      and(eq(workersTable.isShared, true), eq(workersTable.isDisabled, false)),
    ),
  ])
  return (
    <WorkerPoolsPage
      frame={frame}
      form={form}
      hasShared={shared > 0}
      mayEdit={permits(principal, 'WorkerEdit', { spaceId: space.id })}
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

const done = (message: string) => seeOther(links.workerPools, { kind: 'success', message })

const add = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const input = parse(poolInput, {
        Name: call.form.text('name'),
        Description: call.form.text('description'),
      })
      const { name } = await createPool(call, call.space.id, input)
      return done(`${name} was added.`)
    },
    form => list(call, form),
    { Name: 'name', Description: 'description', '': 'name' },
  )

const WHERE: Pick<Question, 'section' | 'crumbs' | 'back'> = {
  section: 'infrastructure',
  crumbs: [
    { href: links.infrastructure, title: 'Infrastructure' },
    { href: links.workerPools, title: 'Worker pools' },
  ],
  back: links.workerPools,
}

const poolOf = (call: PageCall) => getPool(call.db, call.space.id, call.params.id ?? '')

const toDeletePool = async (call: PageCall): Promise<Question> => ({
  ...WHERE,
  title: `Delete worker pool ${(await poolOf(call)).name}?`,
  consequence: 'Steps that run on a worker of this pool cannot run until they name another one.',
  verb: 'Delete worker pool',
})

const removePool = async (call: PageCall) => {
  const { id, name } = await poolOf(call)
  await deletePool(call, call.space.id, id)
  return done(`${name} was deleted.`)
}

const workerOf = (call: PageCall) => getWorker(call.db, call.space.id, call.params.id ?? '')

const toDeleteWorker = async (call: PageCall): Promise<Question> => ({
  ...WHERE,
  title: `Delete worker ${(await workerOf(call)).name}?`,
  consequence: 'Its runner is let in no more, so no step runs there until it is added again.',
  verb: 'Delete worker',
})

const removeWorker = async (call: PageCall) => {
  const { id, name } = await workerOf(call)
  await deleteWorker(call, call.space.id, id)
  return done(`${name} was deleted.`)
}

const pools = '/infrastructure/worker-pools'
const worker = '/infrastructure/workers/{id}'

export const poolPages = [
  page({ path: pools, permission: 'WorkerView', handler: call => list(call) }),
  action({ path: pools, permission: 'WorkerEdit', handler: add }),
  ...confirmation({
    path: `${pools}/{id}/delete`,
    permission: 'WorkerEdit',
    ask: toDeletePool,
    deed: removePool,
  }),
  ...confirmation({
    path: `${worker}/delete`,
    permission: 'WorkerEdit',
    ask: toDeleteWorker,
    deed: removeWorker,
  }),
]
