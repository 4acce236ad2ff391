import { ButtonLink, IconLink } from '../components/button.tsx'
import { type Scope, ScopeChips } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import type { Option } from '../components/fields.tsx'
import { FilterChoice, FilterForm } from '../components/filter.tsx'
import { Icon } from '../components/icon.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { useFrame } from '../frame.tsx'
import { withQuery } from '../links.ts'
import { type VariableEditor, VariableForm, withoutEditor } from './variable-form.tsx'
import type { VariableLinks } from './variable-links.ts'

export type VariableValue = {
  id: string
  /** Absent for a sensitive one: it never leaves the server. */
  value?: string | undefined
  sensitive: boolean
  description: string
  scope: Scope
  /** Said instead of the value's own words: `worker pool`, `asked when deploying`. */
  marks?: string[] | undefined
}

/** One name with its values. */
export type VariableRow = { name: string; values: VariableValue[] }

export type VariableFilters = {
  text: string
  kind: string
  /** Id of an environment. */
  scopedTo: string
  environments: Option[]
}

export type VariableListProps = {
  at: VariableLinks
  mayEdit: boolean
  variables: VariableRow[]
  filters: VariableFilters
  paging: Paging
  /** Values that some place cannot tell apart. */
  warnings?: string[] | undefined
  editor?: VariableEditor | undefined
}

const KINDS: Option[] = [
  { value: 'sensitive', label: 'Sensitive' },
  { value: 'empty', label: 'Empty' },
  { value: 'prompted', label: 'Asked when deploying' },
  { value: 'scoped', label: 'With a scope' },
  { value: 'unscoped', label: 'For everywhere' },
]

/** The values of one set: filters, a page of them, and the one that is being edited. */
export const VariableList = (props: VariableListProps) => {
  const { at, variables, filters, paging, editor, mayEdit } = props
  const isFiltered = filters.text !== '' || filters.kind !== '' || filters.scopedTo !== ''
  if (paging.total === 0 && !isFiltered && !editor)
    return (
      <Empty
        icon="configuration"
        title="No variables yet"
        action={mayEdit && <AddButton at={at} />}
      >
        One name can have several values, each for its environments, target tags, targets or steps.
        The most specific one wins.
      </Empty>
    )
  return (
    <>
      {editor && <VariableForm at={at} editor={editor} />}
      <Filters at={at} filters={filters} />
      {variables.length === 0 ? (
        <p class="faint">{nothing(filters, isFiltered)}</p>
      ) : (
        <VariablesGrid {...props} />
      )}
      <Pagination paging={paging} noun="values" />
      <Warnings warnings={props.warnings ?? []} />
    </>
  )
}

const nothing = ({ text, kind, scopedTo }: VariableFilters, isFiltered: boolean): string => {
  if (!isFiltered) return 'No variables yet.'
  if (kind === '' && scopedTo === '')
    return `No variable's name, description or value contains “${text}”.`
  return 'No value is as these filters say.'
}

export const AddButton = ({ at }: { at: VariableLinks }) => (
  <ButtonLink href={at.add()} look="primary" icon="plus">
    Add variable
  </ButtonLink>
)

const Filters = ({ at, filters }: { at: VariableLinks; filters: VariableFilters }) => (
  <FilterForm action={at.list} name="filter" value={filters.text} label="Filter by name or value">
    <FilterChoice
      name="kind"
      label="Kind of value"
      all="All kinds"
      chosen={filters.kind}
      options={KINDS}
    />
    <FilterChoice
      name="scopedTo"
      label="Environment"
      all="All scopes"
      chosen={filters.scopedTo}
      options={filters.environments}
    />
  </FilterForm>
)

const VariablesGrid = (props: VariableListProps) => {
  const editing = props.editor?.variableId
  return (
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
                class={`${index > 0 ? 'variable-more' : ''}${value.id === editing ? ' row-editing' : ''}`}
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
                  {value.marks?.map(mark => (
                    <span class="sub">{mark}</span>
                  ))}
                  {value.description && <span class="sub">{value.description}</span>}
                </td>
                <td data-title="Scope">
                  <ScopeChips scope={value.scope} />
                </td>
                <td class="cell-actions">
                  {props.mayEdit && <Deeds at={props.at} name={variable.name} id={value.id} />}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  )
}

const Deeds = ({ at, name, id }: { at: VariableLinks; name: string; id: string }) => {
  const { path } = useFrame()
  return (
    <span class="icon-row">
      <IconLink icon="plus" href={at.add(name)} label={`Add a value to ${name}`} />
      <IconLink
        icon="edit"
        href={`${withQuery(withoutEditor(path), 'edit', id)}#edit`}
        label={`Edit ${name}`}
      />
      <IconLink icon="trash" href={at.deleting(id)} label={`Delete this value of ${name}`} />
    </span>
  )
}

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

const Warnings = ({ warnings }: { warnings: string[] }) =>
  warnings.length === 0 ? null : (
    <section class="variable-warnings">
      <h2 class="section-title">Values that some place cannot tell apart</h2>
      <ul class="plain-list">
        {warnings.map(warning => (
          <li class="reason">{warning}</li>
        ))}
      </ul>
    </section>
  )
