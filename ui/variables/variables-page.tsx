import { ButtonLink } from '../components/button.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from '../projects/project-frame.tsx'
import { projectVariables } from './variable-links.ts'
import { AddButton, VariableList, type VariableListProps } from './variable-list.tsx'

export type VariablesPageProps = Omit<VariableListProps, 'at' | 'mayEdit'> & {
  frame: Frame
  project: ProjectHead
  /** The library variable sets that the project includes. */
  included: { id: string; name: string }[]
}

export const VariablesPage = (props: VariablesPageProps) => {
  const { frame, project, included, ...list } = props
  const at = projectVariables(project.id)
  const mayEdit = rightsIn(project).editVariables
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="variables"
      actions={
        <>
          <ButtonLink href={links.variablePreview(project.id)} look="plain">
            Preview
          </ButtonLink>
          {mayEdit && <AddButton at={at} />}
        </>
      }
    >
      <VariableList at={at} mayEdit={mayEdit} {...list} />
      <p class="faint included-sets">
        {included.length === 0 ? 'No library variable sets are included. ' : 'Included: '}
        {included.map(({ id, name }, index) => (
          <>
            {index > 0 && ', '}
            <a class="link" href={links.librarySet(id)}>
              {name}
            </a>
          </>
        ))}
        {included.length > 0 && '. '}
        {rightsIn(project).edit && (
          <a class="link" href={links.variableSets(project.id)}>
            Choose library sets
          </a>
        )}
      </p>
    </ProjectFrame>
  )
}
