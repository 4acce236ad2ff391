import type { FormState } from '../../ui/components/form.tsx'
import { NewTargetPage } from '../../ui/infrastructure/new-target-page.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, shown } from '../http/page.tsx'
import { fresh, listed, orAgain } from '../http/portal-form.ts'
import { invalid } from '../http/problem.ts'
import { createEnrolmentToken, type EnrolmentInput, enrolmentInput } from './enrolment.ts'
import { environmentOptions } from './target-portal.tsx'
import { listTags } from './target-store.ts'
import { listPools } from './worker-store.ts'

const FIELDS = {
  Name: 'name',
  EnvironmentIds: 'environments',
  Roles: 'tags',
  WorkerPoolIds: 'workerPools',
}

const show = async (call: PageCall, form: FormState) => {
  const [environments, pools, knownTags] = await Promise.all([
    environmentOptions(call),
    listPools(call.db, call.space.id),
    listTags(call.db, call.space.id),
  ])
  return (
    <NewTargetPage
      frame={call.frame}
      form={form}
      environments={environments}
      workerPools={pools.map(({ id, name }) => ({ value: id, label: name }))}
      knownTags={knownTags}
    />
  )
}

const blank = async (call: PageCall) => {
  if (call.query.text('role') !== 'worker') return show(call, fresh({ role: 'target' }))
  const pools = await listPools(call.db, call.space.id)
  const chosen = pools.filter(({ isDefault }) => isDefault).map(({ id }) => id)
  return show(call, fresh({ role: 'worker', workerPools: chosen }))
}

/** A machine is one or the other: what was chosen for the other kind does not count. */
const inputOf = ({ form }: PageCall): EnrolmentInput => {
  const Name = form.text('name')
  if (form.text('role') === 'worker') {
    const WorkerPoolIds = form.list('workerPools')
    if (WorkerPoolIds.length === 0)
      throw invalid('', { WorkerPoolIds: 'Choose at least one worker pool for the worker.' })
    return parse(enrolmentInput, { Name, WorkerPoolIds })
  }
  const EnvironmentIds = form.list('environments')
  const Roles = listed(form.text('tags'))
  const missing = {
    ...(EnvironmentIds.length === 0 && {
      EnvironmentIds: 'Choose at least one environment for the target.',
    }),
    ...(Roles.length === 0 && {
      Roles: 'Give the target at least one tag, such as web: steps choose their targets by tags.',
    }),
  }
  if (Object.keys(missing).length > 0) throw invalid('', missing)
  return parse(enrolmentInput, { Name, EnvironmentIds, Roles })
}

/** The token works once and is known only now, so the answer to the form shows it. */
const make = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const made = await createEnrolmentToken(call, call.space.id, inputOf(call))
      return shown(
        <NewTargetPage
          frame={call.frame}
          form={fresh()}
          environments={[]}
          workerPools={[]}
          knownTags={[]}
          command={{ shell: made.InstallCommand, expiresAt: Date.parse(made.Expires) }}
        />,
      )
    },
    form => show(call, form),
    FIELDS,
  )

export const enrolmentPages = [
  page({ path: '/infrastructure/targets/new', permission: 'signed-in', handler: blank }),
  action({
    path: '/infrastructure/targets/new',
    // MachineCreate for targets, WorkerEdit for pool members: the command knows which is asked.
    permission: 'signed-in',
    handler: make,
  }),
]
