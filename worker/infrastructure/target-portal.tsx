import type { Option } from '../../ui/components/fields.tsx'
import type { FormState } from '../../ui/components/form.tsx'
import { formatBytes } from '../../ui/components/format.ts'
import { TargetPage } from '../../ui/infrastructure/target-page.tsx'
import { TargetsPage } from '../../ui/infrastructure/targets-page.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, listed, orAgain, pageIn } from '../http/portal-form.ts'
import { notFound } from '../http/problem.ts'
import { decisionsAbout } from '../runners/decisions.ts'
import { shownHealth, shownState } from '../tasks/portal-status.ts'
import { listEnvironments } from './environment-store.ts'
import { machineFacts, machineFields, targetInput } from './target.ts'
import { deleteTarget, modifyTarget, setTargetDisabled } from './target-commands.ts'
import { deploymentsTo } from './target-history.ts'
import { getTarget, listTags, listTargets, type TargetRow } from './target-store.ts'
import { environmentsWithin } from './visibility.ts'

const RECENT = 20
const FIELDS = { Name: 'name', EnvironmentIds: 'environments', Roles: 'tags' }

/** The environments that may be chosen, as options. */
export const environmentOptions = async (call: PageCall): Promise<Option[]> => {
  const { db, space, principal } = call
  const within = environmentsWithin(principal, 'EnvironmentView', space.id)
  return (await listEnvironments(db, space.id))
    .filter(({ id }) => !within || within.includes(id))
    .map(({ id, name }) => ({ value: id, label: name }))
}

const visibleTarget = async (call: PageCall): Promise<TargetRow> => {
  const row = await getTarget(call.db, call.space.id, call.params.id ?? '')
  const within = environmentsWithin(call.principal, 'MachineView', call.space.id)
  if (within && !row.environmentIds.some(id => within.includes(id)))
    throw notFound(call.params.id ?? '')
  return row
}

const list = async (call: PageCall) => {
  const { db, space, query, principal } = call
  const filter = {
    name: (query.text('name') ?? '').slice(0, 200),
    environment: query.text('environment') ?? '',
    tag: query.text('tag') ?? '',
  }
  const { page: part, paging } = pageIn(query)
  const [environments, tags, { rows, total }] = await Promise.all([
    environmentOptions(call),
    listTags(db, space.id),
    listTargets(
      db,
      space.id,
      {
        partialName: filter.name || undefined,
        environmentIds: filter.environment ? [filter.environment] : undefined,
        roles: filter.tag ? [filter.tag] : undefined,
        withinEnvironments: environmentsWithin(principal, 'MachineView', space.id),
      },
      part,
    ),
  ])
  const names = new Map(environments.map(({ value, label }) => [value, label]))
  return (
    <TargetsPage
      frame={call.frame}
      targets={rows.map(row => ({
        id: row.id,
        name: row.name,
        health: shownHealth(row),
        summary: machineFields(row).StatusSummary,
        lastSeenAt: row.lastSeenAt ?? undefined,
        environments: row.environmentIds.map(id => names.get(id) ?? id),
        tags: row.tags,
        system: systemOf(row),
      }))}
      paging={paging(total)}
      filter={filter}
      environments={environments}
      tags={tags}
      mayAdd={permits(principal, 'MachineCreate', { spaceId: space.id })}
    />
  )
}

const systemOf = (row: TargetRow): string | undefined => {
  const { os, arch } = machineFacts(row.runnerFacts)
  return [os, arch].filter(Boolean).join(' · ') || undefined
}

const show = async (call: PageCall, row: TargetRow, form?: FormState) => {
  const { db, space, principal } = call
  const [environments, deployments, decisions] = await Promise.all([
    environmentOptions(call),
    deploymentsTo(db, row.environmentIds, RECENT),
    decisionsAbout(call, row),
  ])
  return (
    <TargetPage
      frame={call.frame}
      target={{
        id: row.id,
        name: row.name,
        health: shownHealth(row),
        summary: machineFields(row).StatusSummary,
        isDisabled: row.isDisabled,
        lastSeenAt: row.lastSeenAt ?? undefined,
        registeredAt: row.createdAt,
        facts: factsOf(row),
      }}
      form={
        form ??
        fresh({ name: row.name, environments: row.environmentIds, tags: row.tags.join(', ') })
      }
      environments={environments}
      decisions={decisions}
      may={{
        edit: permits(principal, 'MachineEdit', { spaceId: space.id }),
        delete: permits(principal, 'MachineDelete', { spaceId: space.id }),
        check: row.environmentIds.every(environmentId =>
          permits(principal, 'TaskCreate', { spaceId: space.id, environmentId }),
        ),
      }}
      deployments={deployments
        .filter(({ projectId, environmentId }) =>
          permits(principal, 'DeploymentView', { spaceId: space.id, projectId, environmentId }),
        )
        .map(each => ({ ...each, status: shownState(each).status }))}
    />
  )
}

const factsOf = (row: TargetRow): { name: string; value: string }[] => {
  const facts = machineFacts(row.runnerFacts)
  const free = facts.freeDiskBytes
  return Object.entries({
    'Host name': facts.hostname,
    System: systemOf(row),
    'Runner version': facts.runnerVersion,
    Runtime: facts.runtime,
    Shells: facts.shells?.join(', '),
    'Free disk space': free === undefined ? undefined : formatBytes(free),
  }).flatMap(([name, value]) => (value ? [{ name, value }] : []))
}

const save = async (call: PageCall) => {
  const row = await visibleTarget(call)
  const { form } = call
  return orAgain(
    form,
    async () => {
      const input = parse(targetInput, {
        Name: form.text('name'),
        EnvironmentIds: form.list('environments'),
        Roles: listed(form.text('tags')),
      })
      const { name } = await modifyTarget(call, call.space.id, row.id, input)
      return seeOther(links.target(row.id), { kind: 'success', message: `${name} was saved.` })
    },
    again => show(call, row, again),
    FIELDS,
  )
}

const setState = async (call: PageCall) => {
  const { id } = await visibleTarget(call)
  const isDisabled = call.form.flag('isDisabled')
  const { name } = await setTargetDisabled(call, call.space.id, id, isDisabled)
  const message = isDisabled
    ? `${name} is disabled: no deployment goes to it.`
    : `${name} is enabled.`
  return seeOther(links.target(id), { kind: 'success', message })
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const row = await visibleTarget(call)
  return {
    section: 'infrastructure',
    crumbs: [
      { href: links.infrastructure, title: 'Infrastructure' },
      { href: links.targets, title: 'Targets' },
    ],
    title: `Delete target ${row.name}?`,
    consequence:
      'Its runner is let in no more, so nothing is deployed to this machine until it is added again. What was deployed stays on it.',
    verb: 'Delete target',
    back: links.target(row.id),
  }
}

const remove = async (call: PageCall) => {
  const row = await visibleTarget(call)
  await deleteTarget(call, call.space.id, row.id)
  return seeOther(links.targets, { kind: 'success', message: `${row.name} was deleted.` })
}

export const targetPages = [
  page({ path: '/infrastructure/targets', permission: 'MachineView', handler: list }),
  page({
    path: '/infrastructure/targets/{id}',
    permission: 'MachineView',
    handler: async call => show(call, await visibleTarget(call)),
  }),
  action({ path: '/infrastructure/targets/{id}', permission: 'MachineEdit', handler: save }),
  action({
    path: '/infrastructure/targets/{id}/state',
    permission: 'MachineEdit',
    handler: setState,
  }),
  ...confirmation({
    path: '/infrastructure/targets/{id}/delete',
    permission: 'MachineDelete',
    ask: toDelete,
    deed: remove,
  }),
]
