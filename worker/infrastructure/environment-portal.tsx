import type { FormState } from '../../ui/components/form.tsx'
import type { Health } from '../../ui/components/status.tsx'
import {
  type EnvironmentCard,
  EnvironmentPage,
  EnvironmentsPage,
} from '../../ui/infrastructure/environments-page.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { type FieldNames, fresh, orAgain } from '../http/portal-form.ts'
import { invalid, notFound } from '../http/problem.ts'
import { shownHealth } from '../tasks/portal-status.ts'
import { environmentInput } from './environment.ts'
import {
  createEnvironment,
  deleteEnvironment,
  modifyEnvironment,
  sortEnvironments,
} from './environment-commands.ts'
import { type EnvironmentRow, getEnvironment, listEnvironments } from './environment-store.ts'
import { summarize } from './summary.ts'
import { environmentsWithin } from './visibility.ts'

const FIELDS: FieldNames = { Name: 'name', Description: 'description', '': 'name' }

const inputOf = ({ form }: PageCall) =>
  parse(environmentInput, {
    Name: form.text('name'),
    Description: form.text('description'),
    UseGuidedFailure: form.flag('useGuidedFailure'),
  })

const visibleRows = async ({ db, space, principal }: PageCall): Promise<EnvironmentRow[]> => {
  const within = environmentsWithin(principal, 'EnvironmentView', space.id)
  return (await listEnvironments(db, space.id)).filter(({ id }) => !within || within.includes(id))
}

const visibleRow = async (call: PageCall): Promise<EnvironmentRow> => {
  const row = await getEnvironment(call.db, call.space.id, call.params.id ?? '')
  const within = environmentsWithin(call.principal, 'EnvironmentView', call.space.id)
  if (within && !within.includes(row.id)) throw notFound(call.params.id ?? '')
  return row
}

const list = async (call: PageCall, form: FormState = fresh()) => {
  const { EnvironmentSummaries } = await summarize(await visibleRows(call), call.db, call.space.id)
  return (
    <EnvironmentsPage
      frame={call.frame}
      environments={EnvironmentSummaries.map(cardOf)}
      form={form}
      may={{
        create: permits(call.principal, 'EnvironmentCreate', { spaceId: call.space.id }),
        edit: permits(call.principal, 'EnvironmentEdit', { spaceId: call.space.id }),
        delete: permits(call.principal, 'EnvironmentDelete', { spaceId: call.space.id }),
      }}
    />
  )
}

type Summary = Awaited<ReturnType<typeof summarize>>['EnvironmentSummaries'][number]

const cardOf = (summary: Summary): EnvironmentCard => {
  const counts = new Map<Health, number>()
  for (const [healthStatus, targets] of Object.entries(summary.MachineHealthStatusSummaries)) {
    const health = shownHealth({ isDisabled: false, healthStatus })
    counts.set(health, (counts.get(health) ?? 0) + targets)
  }
  if (summary.TotalDisabledMachines > 0) counts.set('disabled', summary.TotalDisabledMachines)
  return {
    id: summary.Environment.Id,
    name: summary.Environment.Name,
    description: summary.Environment.Description,
    targetCount: summary.TotalMachines,
    asks: summary.Environment.UseGuidedFailure,
    health: [...counts].map(([health, targets]) => ({ health, targets })),
  }
}

const add = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const { name } = await createEnvironment(call, call.space.id, inputOf(call))
      return seeOther(links.environments, { kind: 'success', message: `${name} was added.` })
    },
    form => list(call, form),
    FIELDS,
  )

const edit = (call: PageCall, row: EnvironmentRow, form: FormState) => (
  <EnvironmentPage frame={call.frame} environment={row} form={form} />
)

const save = async (call: PageCall) => {
  const row = await visibleRow(call)
  return orAgain(
    call.form,
    async () => {
      const { name } = await modifyEnvironment(call, call.space.id, row.id, inputOf(call))
      return seeOther(links.environments, { kind: 'success', message: `${name} was saved.` })
    },
    form => edit(call, row, form),
    FIELDS,
  )
}

/** One place up or down; at an end it stays. */
const move = async (call: PageCall) => {
  const row = await visibleRow(call)
  const direction = call.form.text('direction')
  if (direction !== 'up' && direction !== 'down')
    throw invalid(`direction must be up or down; found '${direction.slice(0, 40)}'.`)
  const order = (await listEnvironments(call.db, call.space.id)).map(({ id }) => id)
  const from = order.indexOf(row.id)
  const to = from + (direction === 'up' ? -1 : 1)
  const other = order[to]
  if (other !== undefined) {
    order[to] = row.id
    order[from] = other
    await sortEnvironments(call, call.space.id, order)
  }
  const message =
    other === undefined ? `${row.name} is at the end.` : `${row.name} moved ${direction}.`
  return seeOther(links.environments, { kind: 'success', message })
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const row = await visibleRow(call)
  return {
    section: 'infrastructure',
    crumbs: [
      { href: links.infrastructure, title: 'Infrastructure' },
      { href: links.environments, title: 'Environments' },
    ],
    title: `Delete environment ${row.name}?`,
    consequence:
      'An environment can be deleted only while no target, lifecycle or deployment refers to it. This cannot be undone.',
    verb: 'Delete environment',
    back: links.environments,
  }
}

const remove = async (call: PageCall) => {
  const row = await visibleRow(call)
  await deleteEnvironment(call, call.space.id, row.id)
  return seeOther(links.environments, { kind: 'success', message: `${row.name} was deleted.` })
}

export const environmentPages = [
  page({
    path: '/infrastructure',
    permission: 'EnvironmentView',
    handler: () => seeOther(links.environments),
  }),
  page({
    path: '/infrastructure/environments',
    permission: 'EnvironmentView',
    handler: call => list(call),
  }),
  action({
    path: '/infrastructure/environments',
    permission: 'EnvironmentCreate',
    handler: add,
  }),
  page({
    path: '/infrastructure/environments/{id}',
    permission: 'EnvironmentEdit',
    handler: async call => {
      const row = await visibleRow(call)
      const { name, description, useGuidedFailure } = row
      const form = fresh({ name, description, useGuidedFailure: String(useGuidedFailure) })
      return edit(call, row, form)
    },
  }),
  action({
    path: '/infrastructure/environments/{id}',
    permission: 'EnvironmentEdit',
    handler: save,
  }),
  action({
    path: '/infrastructure/environments/{id}/move',
    permission: 'EnvironmentEdit',
    handler: move,
  }),
  ...confirmation({
    path: '/infrastructure/environments/{id}/delete',
    permission: 'EnvironmentDelete',
    ask: toDelete,
    deed: remove,
  }),
]
