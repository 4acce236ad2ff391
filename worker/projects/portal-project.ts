import type { ProjectHead, ProjectRights } from '../../ui/projects/project-frame.tsx'
import { authorize, permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { getGroup, getProject, type ProjectRow } from './store.ts'

/** The project of a page, with what its head shows.
 *  @throws Problem `not_found`, `forbidden` */
export const visibleProject = async (
  { db, space, principal }: Pick<Call, 'db' | 'space' | 'principal'>,
  reference: string,
): Promise<{ project: ProjectRow; head: ProjectHead }> => {
  const project = await getProject(db, space.id, reference)
  authorize(principal, 'ProjectView', { spaceId: space.id, projectId: project.id })
  const group = await getGroup(db, space.id, project.projectGroupId)
  return { project, head: { ...headOf(project, group.name), may: rightsOf(principal, project) } }
}

const headOf = (project: ProjectRow, group: string): ProjectHead => ({
  id: project.id,
  name: project.name,
  group,
  description: project.description || undefined,
  disabled: project.isDisabled,
})

const rightsOf = (principal: Call['principal'], project: ProjectRow): ProjectRights => {
  const scope = { spaceId: project.spaceId, projectId: project.id }
  return {
    release: permits(principal, 'ReleaseCreate', scope),
    editProcess: permits(principal, 'ProcessEdit', scope),
    editVariables: permits(principal, 'VariableEdit', scope),
    edit: permits(principal, 'ProjectEdit', scope),
    delete: permits(principal, 'ProjectDelete', scope),
  }
}
