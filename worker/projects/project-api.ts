import { authorize } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import {
  createProject,
  deleteProject,
  modifyDeploymentSettings,
  modifyProject,
} from './commands.ts'
import { deploymentSettingsInput, projectInput } from './project-input.ts'
import { deploymentSettingsResource, projectResource } from './resource.ts'
import { getProject, listProjects, type ProjectFilter, type ProjectRow } from './store.ts'
import { visibleProjects } from './visibility.ts'

const space = { area: 'space' } as const
export const ALL = { skip: 0, take: 10_000 }

const filterOf = ({ query, principal, space }: Call): ProjectFilter => ({
  name: query.text('name'),
  partialName: query.text('partialName'),
  ids: query.list('ids'),
  visible: visibleProjects(principal, 'ProjectView', space.id),
})

/** The project of the URL, if the caller may see it. */
export const viewedProject = async (call: Call, reference: string): Promise<ProjectRow> => {
  const project = await getProject(call.db, call.space.id, reference)
  authorize(call.principal, 'ProjectView', { spaceId: call.space.id, projectId: project.id })
  return project
}

/** A page of projects, narrowed further by `more`. */
export const projectPage = async (call: Call, more: ProjectFilter = {}) => {
  const page = pageOf(call.query)
  const filter = { ...filterOf(call), ...more }
  const { rows, total } = await listProjects(call.db, call.space.id, page, filter)
  return collection('Project', rows.map(projectResource), total, page, call.request.url)
}

export const projectApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/projects',
    permission: 'ProjectView',
    summary: 'List projects by name',
    handler: call => projectPage(call),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/projects',
    permission: 'ProjectCreate',
    schema: projectInput,
    summary: 'Create a project with its default channel',
    handler: async call =>
      created(projectResource(await createProject(call, call.space.id, call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/all',
    permission: 'ProjectView',
    summary: 'All projects by name',
    handler: async call =>
      (await listProjects(call.db, call.space.id, ALL, filterOf(call))).rows.map(projectResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{id}',
    permission: 'ProjectView',
    summary: 'Get a project by id, slug or name',
    handler: async call => projectResource(await viewedProject(call, call.params.id ?? '')),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/projects/{id}',
    permission: 'ProjectEdit',
    schema: projectInput,
    summary: 'Change a project',
    handler: async call =>
      projectResource(await modifyProject(call, call.space.id, call.params.id ?? '', call.body)),
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/projects/{id}',
    permission: 'ProjectDelete',
    summary: 'Delete a project and its history',
    handler: async call => {
      await deleteProject(call, call.space.id, call.params.id ?? '')
      return nothing()
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{id}/deploymentsettings',
    permission: 'ProjectView',
    summary: 'Get the deployment settings of a project',
    handler: async call =>
      deploymentSettingsResource(await viewedProject(call, call.params.id ?? '')),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/projects/{id}/deploymentsettings',
    permission: 'ProjectEdit',
    schema: deploymentSettingsInput,
    summary: 'Change the deployment settings of a project',
    handler: async call =>
      deploymentSettingsResource(
        await modifyDeploymentSettings(call, call.space.id, call.params.id ?? '', call.body),
      ),
  }),
]
