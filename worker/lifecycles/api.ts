import { sql } from 'drizzle-orm'
import { permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { listEnvironments } from '../infrastructure/environment-store.ts'
import { createLifecycle, deleteLifecycle, modifyLifecycle } from './commands.ts'
import { lifecycleInput } from './lifecycle.ts'
import { phasesOf } from './progression.ts'
import { lifecycleResource } from './resource.ts'
import { getLifecycle, type LifecycleRow, listLifecycles } from './store.ts'

const space = { area: 'space' } as const

const found = async ({ db, space, query }: Call): Promise<LifecycleRow[]> => {
  const ids = query.list('ids')?.map(id => id.toLowerCase())
  const name = query.text('name')?.toLowerCase()
  const partialName = query.text('partialName')?.toLowerCase()
  return (await listLifecycles(db, space.id)).filter(
    row =>
      (!ids || ids.includes(row.id.toLowerCase())) &&
      (name === undefined || row.name.toLowerCase() === name) &&
      (partialName === undefined || row.name.toLowerCase().includes(partialName)),
  )
}

const lifecycleOf = (call: Call) => getLifecycle(call.db, call.space.id, call.params.id ?? '')

/** The phases as they work out today, implicit ones written out. */
const preview = async (call: Call) => {
  const [row, environments] = await Promise.all([
    lifecycleOf(call),
    listEnvironments(call.db, call.space.id),
  ])
  const phases = phasesOf(row, environments).map(phase => ({
    Id: phase.id,
    Name: phase.name,
    AutomaticDeploymentTargets: phase.automatic,
    OptionalDeploymentTargets: phase.environments
      .map(({ id }) => id)
      .filter(id => !phase.automatic.includes(id)),
    MinimumEnvironmentsBeforePromotion: phase.required,
    IsOptionalPhase: phase.isOptional,
  }))
  return lifecycleResource(row, phases)
}

export const lifecycleRoutes: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/lifecycles',
    permission: 'LifecycleView',
    summary: 'List lifecycles by name',
    handler: async call => {
      const page = pageOf(call.query)
      const rows = await found(call)
      const items = rows.slice(page.skip, page.skip + page.take).map(row => lifecycleResource(row))
      return collection('Lifecycle', items, rows.length, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/lifecycles',
    permission: 'LifecycleCreate',
    schema: lifecycleInput,
    summary: 'Create a lifecycle',
    handler: async call =>
      created(lifecycleResource(await createLifecycle(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/lifecycles/all',
    permission: 'LifecycleView',
    summary: 'All lifecycles by name',
    handler: async call => (await found(call)).map(row => lifecycleResource(row)),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/lifecycles/{id}',
    permission: 'LifecycleView',
    summary: 'Get a lifecycle by id, slug or name',
    handler: async call => lifecycleResource(await lifecycleOf(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/lifecycles/{id}',
    permission: 'LifecycleEdit',
    schema: lifecycleInput,
    summary: 'Change a lifecycle; releases follow it at once',
    handler: async call =>
      lifecycleResource(
        await modifyLifecycle(call, call.space.id, call.params.id ?? '', call.body),
      ),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/lifecycles/{id}',
    permission: 'LifecycleDelete',
    summary: 'Delete a lifecycle that nothing uses',
    handler: async call => {
      await deleteLifecycle(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/lifecycles/{id}/preview',
    permission: 'LifecycleView',
    summary: 'A lifecycle with its phases as they work out today',
    handler: preview,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/lifecycles/{id}/projects',
    permission: 'LifecycleView',
    summary: 'The projects that use a lifecycle, themselves or by a channel',
    handler: async call => {
      const row = await lifecycleOf(call)
      const projects = await call.db.all<{ Id: string; Name: string; Slug: string }>(
        sql`SELECT id AS Id, name AS Name, slug AS Slug FROM projects
          WHERE lifecycle_id = ${row.id}
            OR id IN (SELECT project_id FROM channels WHERE lifecycle_id = ${row.id})
          ORDER BY name LIMIT 10000`,
      )
      return projects.filter(({ Id }) =>
        permits(call.principal, 'ProjectView', { spaceId: call.space.id, projectId: Id }),
      )
    },
  }),
]
