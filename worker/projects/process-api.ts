import { authorize } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { invalid, notFound } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { saveProcess } from './process-commands.ts'
import { processDocument } from './process-document.ts'
import { processTemplate } from './process-template.ts'
import { processResource } from './resource.ts'
import { getProcessSnapshot } from './snapshot.ts'
import { getProcess, getProject } from './store.ts'

const space = { area: 'space' } as const

/** `deploymentprocess-Projects-1`, or a snapshot: `deploymentprocess-Projects-1-s-3-…`. */
const PROCESS_ID =
  /^deploymentprocess-(?<project>projects-\d{1,12})(?<snapshot>-s-\d+-[a-z0-9]+)?$/i

const projectOf = async (call: Call, reference: string) => {
  const project = await getProject(call.db, call.space.id, reference)
  authorize(call.principal, 'ProcessView', { spaceId: call.space.id, projectId: project.id })
  return project
}

const read = async (call: Call) => {
  const id = call.params.id ?? ''
  const { project: reference, snapshot } = PROCESS_ID.exec(id)?.groups ?? {}
  if (!reference) throw notFound(id)
  const project = await projectOf(call, reference)
  return snapshot ? getProcessSnapshot(call.db, call.space.id, id) : getProcess(call.db, project.id)
}

const template = async (call: Call, reference: string) => {
  const project = await projectOf(call, reference)
  const at = { channel: call.query.text('channel'), releaseId: call.query.text('releaseId') }
  return processTemplate(call.db, project, at, call.now)
}

export const processApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/deploymentprocesses',
    permission: 'ProcessView',
    summary: 'Get the deployment process of a project',
    handler: async call => {
      const project = await projectOf(call, call.params.project ?? '')
      return processResource(await getProcess(call.db, project.id))
    },
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/projects/{project}/deploymentprocesses',
    permission: 'ProcessEdit',
    schema: processDocument,
    summary: 'Replace the deployment process of a project',
    handler: async call => {
      const reference = call.params.project ?? ''
      return processResource((await saveProcess(call, call.space.id, reference, call.body)).process)
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/projects/{project}/deploymentprocesses/template',
    permission: 'ProcessView',
    summary: 'What a new release of a project needs to be told',
    handler: call => template(call, call.params.project ?? ''),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/deploymentprocesses/{id}',
    permission: 'ProcessView',
    summary: 'Get a deployment process, or a snapshot of one',
    handler: async call => processResource(await read(call)),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/deploymentprocesses/{id}',
    permission: 'ProcessEdit',
    schema: processDocument,
    summary: 'Replace a deployment process',
    handler: async call => {
      const { project, snapshot } = PROCESS_ID.exec(call.params.id ?? '')?.groups ?? {}
      if (!project) throw notFound(call.params.id ?? '')
      if (snapshot) throw invalid('A snapshot belongs to a release and cannot be changed.')
      return processResource((await saveProcess(call, call.space.id, project, call.body)).process)
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/deploymentprocesses/{id}/template',
    permission: 'ProcessView',
    summary: 'What a new release needs to be told',
    handler: call => {
      const reference = PROCESS_ID.exec(call.params.id ?? '')?.groups?.project
      if (!reference) throw notFound(call.params.id ?? '')
      return template(call, reference)
    },
  }),
]
