import { ButtonLink, IconLink } from '../components/button.tsx'
import { type Scope, ScopeChips } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'
import { type VariableEditor, VariableForm } from './variable-form.tsx'

export type VariableValue = {
  id: string
  /** Absent for a sensitive one: it never leaves the server. */
  value?: string | undefined
  sensitive: boolean
  description: string
  scope: Scope
}

/** One name with all its values. */
export type VariableRow = { name: string; values: VariableValue[] }

export type VariablesPageProps = {
  frame: Frame
  project: ProjectHead
  variables: VariableRow[]
  filter: string
  editor?: VariableEditor | undefined
}

export const VariablesPage = (props: VariablesPageProps) => {
  const { frame, project, variables, filter, editor } = props
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="variables"
      actions={
        rightsIn(project).editVariables ? (
          <ButtonLink href={links.variableNew(project.id)} look="primary" icon="plus">
            Add variable
          </ButtonLink>
        ) : (
          <span />
        )
      }
    >
      {variables.length === 0 && !filter && !editor ? (
        <Empty
          icon="configuration"
          title="No variables yet"
          action={
            rightsIn(project).editVariables && (
              <ButtonLink href={links.variableNew(project.id)} look="primary" icon="plus">
                Add variable
              </ButtonLink>
            )
          }
        >
          One name can have several values, each for its environments, target tags, targets or
          steps. The most specific one wins.
        </Empty>
      ) : (
        <>
          {editor && <VariableForm project={project} editor={editor} />}
          <form class="filters" method="get" action={links.variables(project.id)}>
            <input
              class="input"
              type="search"
              name="filter"
              value={filter}
              placeholder="Filter by name or value"
              aria-label="Filter by name or value"
            />
            <button class="button button-plain" type="submit">
              Filter
            </button>
          </form>
          {variables.length === 0 ? (
            <p class="faint">
              {filter ? `No variable's name or value contains “${filter}”.` : 'No variables yet.'}
            </p>
          ) : (
            <VariablesGrid project={project} variables={variables} editing={editor?.variableId} />
          )}
        </>
      )}
    </ProjectFrame>
  )
}

const VariablesGrid = (props: {
  project: ProjectHead
  variables: VariableRow[]
  editing: string | undefined
}) => (
  <section class="table-box" tabindex={0} aria-label="Variables">
    <table class="table table-stack variables">
      <caption class="hidden">Variables and their values</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Value</th>
          <th scope="col">Scope</th>
          <th scope="col" class="cell-actions">
            <span class="hidden">Edit or delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.variables.map(variable =>
          variable.values.map((value, index) => (
            <tr
              id={`variable-${value.id}`}
              class={`${index > 0 ? 'variable-more' : ''}${value.id === props.editing ? ' row-editing' : ''}`}
            >
              <th scope="row" class={index > 0 ? 'variable-repeated' : ''}>
                <code>{variable.name}</code>
                {index === 0 && variable.values.length > 1 && (
                  <span class="count" title={`${variable.values.length} values`}>
                    {variable.values.length}
                  </span>
                )}
              </th>
              <td>
                <ValueText value={value} />
                {value.description && <span class="sub">{value.description}</span>}
              </td>
              <td data-title="Scope">
                <ScopeChips scope={value.scope} />
              </td>
              <td class="cell-actions">
                {rightsIn(props.project).editVariables && (
                  <span class="icon-row">
                    <IconLink
                      icon="plus"
                      href={links.variableNew(props.project.id, variable.name)}
                      label={`Add a value to ${variable.name}`}
                    />
                    <IconLink
                      icon="edit"
                      href={links.variableEdit(props.project.id, value.id)}
                      label={`Edit ${variable.name}`}
                    />
                    <IconLink
                      icon="trash"
                      href={links.variableDelete(props.project.id, value.id)}
                      label={`Delete this value of ${variable.name}`}
                    />
                  </span>
                )}
              </td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  </section>
)

const ValueText = ({ value }: { value: VariableValue }) => {
  if (value.sensitive)
    return (
      <span class="sensitive">
        <Icon name="lock" />
        Sensitive, not shown
      </span>
    )
  if (!value.value) return <span class="faint">empty</span>
  return <code class="value">{value.value}</code>
}
