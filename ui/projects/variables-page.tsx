import { ButtonLink, IconLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { type Scope, ScopeChips } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { CheckBox, ChoiceList, type Option, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'

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

export type ScopeChoices = {
  environments: Option[]
  targetTags: Option[]
  targets: Option[]
  steps: Option[]
}

export type VariableEditor = {
  /** Absent: a new one. */
  variableId?: string | undefined
  form: FormState
  choices: ScopeChoices
  sensitive?: boolean | undefined
  /** The set's version when the form was shown: a later save by someone else is a conflict. */
  version: number
}

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

/** Fields: `name`, `value`, `description`, `isSensitive`, `environments[]`, `targetTags[]`, `targets[]`, `steps[]`,
 *  `version`. An empty value of a sensitive variable keeps the stored one. */
const VariableForm = ({ project, editor }: { project: ProjectHead; editor: VariableEditor }) => {
  const { form, choices, variableId } = editor
  return (
    <div id="edit" class="variable-editor">
      <Card title={variableId ? 'Edit value' : 'Add variable'}>
        <ErrorSummary form={form} />
        <Form
          action={variableId ? links.variable(project.id, variableId) : links.variables(project.id)}
        >
          <input type="hidden" name="version" value={String(editor.version)} />
          <div class="fields-2">
            <TextField form={form} name="name" label="Name" mono required focus />
            <TextField form={form} name="description" label="Description" optional />
          </div>
          <TextArea
            form={form}
            name="value"
            label="Value"
            mono
            rows={1}
            {...(editor.sensitive
              ? { hint: 'The stored value is never shown. Leave this empty to keep it.' }
              : {})}
          />
          <CheckBox
            form={form}
            name="isSensitive"
            label="Sensitive"
            hint="Encrypted, never shown again, masked in logs."
          />
          <details class="scope-fields" open>
            <summary>Scope: where this value applies</summary>
            <p class="hint">
              Within one row any of the chosen; every row with a choice must match. Nothing chosen:
              everywhere.
            </p>
            <ScopeField
              form={form}
              name="environments"
              label="Environments"
              options={choices.environments}
            />
            <ScopeField
              form={form}
              name="targetTags"
              label="Target tags"
              options={choices.targetTags}
            />
            <ScopeField form={form} name="targets" label="Targets" options={choices.targets} />
            <ScopeField form={form} name="steps" label="Steps" options={choices.steps} />
          </details>
          <FormActions>
            <SubmitButton>{variableId ? 'Save value' : 'Add variable'}</SubmitButton>
            <ButtonLink href={links.variables(project.id)} look="quiet">
              Cancel
            </ButtonLink>
          </FormActions>
        </Form>
      </Card>
    </div>
  )
}

const ScopeField = (props: { form: FormState; name: string; label: string; options: Option[] }) => (
  <ChoiceList {...props} none={`There are no ${props.label.toLowerCase()} yet.`} />
)
