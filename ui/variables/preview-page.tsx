import { Banner } from '../components/banner.tsx'
import { ButtonLink } from '../components/button.tsx'
import { type Scope, ScopeChips, Tag } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import type { Option } from '../components/fields.tsx'
import { Icon } from '../components/icon.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

/** One value of a variable; without texts when it is a secret or made of one. */
export type PreviewedValue = {
  sensitive: boolean
  /** As written. */
  value: string
  scope: Scope
  /** The project, or the library variable set it comes from. */
  source: string
  /** Why it stands where it stands. */
  rule: string
}

export type PreviewedRow = PreviewedValue & {
  name: string
  /** With its expressions evaluated; absent when that is the same. */
  evaluated?: string | undefined
  problem?: string | undefined
  tie: boolean
  behind: PreviewedValue[]
  elsewhere: PreviewedValue[]
}

export type Picker = {
  name: string
  label: string
  none: string
  options: Option[]
  chosen: string
}

export type PreviewPageProps = {
  frame: Frame
  project: ProjectHead
  pickers: Picker[]
  filter: string
  /** Why the place that was asked for cannot be previewed. */
  problem?: string | undefined
  /** Values that the reader may not see hold here too. */
  isPartial?: boolean
  rows: PreviewedRow[]
  paging: Paging
}

/** Which value each variable has somewhere, and why. All of it is in the address, so it can be shared. */
export const PreviewPage = (props: PreviewPageProps) => {
  const { frame, project, pickers, filter, problem, rows, paging } = props
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="variables"
      title="Preview of variables"
      actions={
        <ButtonLink href={links.variables(project.id)} look="plain">
          All values
        </ButtonLink>
      }
    >
      <h2 class="section-title">Which value holds where</h2>
      <form class="filters preview-place" method="get" action={links.variablePreview(project.id)}>
        {pickers.map(picker => (
          <PlacePicker {...picker} />
        ))}
        <label>
          <span>Name</span>
          <input class="input" type="search" name="filter" value={filter} placeholder="any" />
        </label>
        <button class="button button-primary" type="submit">
          Preview
        </button>
      </form>
      {problem && <Banner kind="error">{problem}</Banner>}
      {props.isPartial && (
        <Banner kind="warning" title="Values that you may not see apply here too.">
          A deployment may use one of them in the place of what is shown.
        </Banner>
      )}
      {!problem && rows.length === 0 && (
        <Empty icon="configuration" title="No variable has a value here">
          {filter
            ? `None whose name contains “${filter}” applies at this place.`
            : 'Add variables to the project, or choose another place.'}
        </Empty>
      )}
      {rows.length > 0 && <Values rows={rows} />}
      {!problem && <Pagination paging={paging} noun="variables" />}
    </ProjectFrame>
  )
}

const PlacePicker = ({ name, label, none, options, chosen }: Picker) => (
  <label>
    <span>{label}</span>
    <select class="input" name={name}>
      <option value="">{none}</option>
      {options.map(option => (
        <option value={option.value} selected={option.value === chosen}>
          {option.label}
        </option>
      ))}
    </select>
  </label>
)

const Values = ({ rows }: { rows: PreviewedRow[] }) => (
  <ul class="previewed">
    {rows.map(row => (
      <li class="previewed-row">
        <div class="previewed-head">
          <code class="previewed-name">{row.name}</code>
          <div class="previewed-value">
            <ValueText value={row} text={row.evaluated ?? row.value} />
            {row.evaluated !== undefined && !row.sensitive && (
              <span class="sub">
                from <code>{row.value}</code>
              </span>
            )}
            {row.problem && <span class="reason">{row.problem}</span>}
          </div>
        </div>
        <details class="why">
          <summary>
            {row.tie && <Tag>tie</Tag>} {row.rule} <span class="faint">{others(row)}</span>
          </summary>
          <Explanation row={row} />
        </details>
      </li>
    ))}
  </ul>
)

const others = ({ behind, elsewhere }: PreviewedRow): string => {
  const parts = [
    behind.length > 0 ? `${behind.length} behind` : '',
    elsewhere.length > 0 ? `${elsewhere.length} for elsewhere` : '',
  ].filter(part => part !== '')
  return parts.length === 0 ? '' : `(${parts.join(', ')})`
}

/** The winner, what stands behind it and what is for elsewhere, each with its reason. */
const Explanation = ({ row }: { row: PreviewedRow }) => (
  <div class="table-box">
    <table class="table table-stack explanation">
      <caption class="hidden">Values of {row.name}</caption>
      <thead>
        <tr>
          <th scope="col">Value</th>
          <th scope="col">Scope</th>
          <th scope="col">From</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        <Line value={row} mark="Holds" why={row.rule} />
        {row.behind.map(value => (
          <Line value={value} mark="Stands behind" why={`Of the one that holds: ${value.rule}`} />
        ))}
        {row.elsewhere.map(value => (
          <Line value={value} mark="Does not apply" why={value.rule} />
        ))}
      </tbody>
    </table>
  </div>
)

const Line = ({ value, mark, why }: { value: PreviewedValue; mark: string; why: string }) => (
  <tr class={mark === 'Does not apply' ? 'faint' : ''}>
    <td>
      <ValueText value={value} text={value.value} />
    </td>
    <td data-title="Scope">
      <ScopeChips scope={value.scope} />
    </td>
    <td data-title="From">{value.source}</td>
    <td data-title={mark}>
      <strong>{mark}.</strong> {why}
    </td>
  </tr>
)

const ValueText = ({ value, text }: { value: PreviewedValue; text: string }) => {
  if (value.sensitive)
    return (
      <span class="sensitive">
        <Icon name="lock" />
        Sensitive, not shown
      </span>
    )
  return text === '' ? <span class="faint">empty</span> : <code class="value">{text}</code>
}
