import { and, eq } from 'drizzle-orm'
import { ConfirmPage, type ConfirmPageProps } from '../../ui/components/confirm-page.tsx'
import type { FormState } from '../../ui/components/form.tsx'
import { WorkerPoolsPage } from '../../ui/infrastructure/worker-pools-page.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
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

type Question = Pick<ConfirmPageProps, 'title' | 'consequence' | 'verb' | 'action'>

const confirm = (call: PageCall, question: Question, form: FormState) => (
  <ConfirmPage
    frame={call.frame}
    section="infrastructure"
    crumbs={[
      { href: links.infrastructure, title: 'Infrastructure' },
      { href: links.workerPools, title: 'Worker pools' },
    ]}
    back={links.workerPools}
    form={form}
    {...question}
  />
)

const confirmPool = async (call: PageCall, form: FormState = fresh()) => {
  const { id, name } = await getPool(call.db, call.space.id, call.params.id ?? '')
  const question = {
    title: `Delete worker pool ${name}?`,
    consequence: 'Steps that run on a worker of this pool cannot run until they name another one.',
    verb: 'Delete worker pool',
    action: links.workerPoolDelete(id),
  }
  return confirm(call, question, form)
}

const removePool = async (call: PageCall) => {
  const { id, name } = await getPool(call.db, call.space.id, call.params.id ?? '')
  return orAgain(
    call.form,
    async () => {
      await deletePool(call, call.space.id, id)
      return done(`${name} was deleted.`)
    },
    form => confirmPool(call, form),
  )
}

const confirmWorker = async (call: PageCall, form: FormState = fresh()) => {
  const { id, name } = await getWorker(call.db, call.space.id, call.params.id ?? '')
  const question = {
    title: `Delete worker ${name}?`,
    consequence: 'Its runner is let in no more, so no step runs there until it is added again.',
    verb: 'Delete worker',
    action: links.workerDelete(id),
  }
  return confirm(call, question, form)
}

const removeWorker = async (call: PageCall) => {
  const { id, name } = await getWorker(call.db, call.space.id, call.params.id ?? '')
  return orAgain(
    call.form,
    async () => {
      await deleteWorker(call, call.space.id, id)
      return done(`${name} was deleted.`)
    },
    form => confirmWorker(call, form),
  )
}

const pools = '/infrastructure/worker-pools'
const worker = '/infrastructure/workers/{id}'

export const poolPages = [
  page({ path: pools, permission: 'WorkerView', handler: call => list(call) }),
  action({ path: pools, permission: 'WorkerEdit', handler: add }),
  page({
    path: `${pools}/{id}/delete`,
    permission: 'WorkerEdit',
    handler: call => confirmPool(call),
  }),
  action({ path: `${pools}/{id}/delete`, permission: 'WorkerEdit', handler: removePool }),
  page({
    path: `${worker}/delete`,
    permission: 'WorkerEdit',
    handler: call => confirmWorker(call),
  }),
  action({ path: `${worker}/delete`, permission: 'WorkerEdit', handler: removeWorker }),
]
