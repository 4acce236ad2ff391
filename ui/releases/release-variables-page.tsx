import { ButtonLink, PostButton } from '../components/button.tsx'
import { type Scope, ScopeChips } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { FilterForm } from '../components/filter.tsx'
import { Icon } from '../components/icon.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Tabs } from '../components/tabs.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

/** A value on one side; absent text: a secret. */
export type FrozenSide = { value?: string | undefined; scope: Scope }
export type FrozenRow = FrozenSide & { name: string }
export type DifferenceRow = {
  name: string
  kind: 'added' | 'removed' | 'changed'
  before?: FrozenSide | undefined
  after?: FrozenSide | undefined
}

export type ReleaseVariablesPageProps = {
  frame: Frame
  project: ProjectHead
  release: { id: string; version: string }
  filter: string
  paging: Paging
  mayUpdate: boolean
} & ({ show: 'frozen'; rows: FrozenRow[] } | { show: 'changes'; rows: DifferenceRow[] })

/** The variables a release froze, and what has become of them since. */
export const ReleaseVariablesPage = (props: ReleaseVariablesPageProps) => {
  const { frame, project, release, filter, paging, mayUpdate } = props
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="releases"
      title={`Variables of ${release.version}`}
      actions={
        <ButtonLink href={links.release(release.id)} look="plain">
          Back to the release
        </ButtonLink>
      }
    >
      <h2 class="section-title">Variables of {release.version}</h2>
      <Tabs
        label="What to show"
        tabs={[
          {
            title: 'As frozen',
            href: links.releaseVariables(release.id),
            current: props.show === 'frozen',
          },
          {
            title: 'Changed since',
            href: `${links.releaseVariables(release.id)}?show=changes`,
            current: props.show === 'changes',
          },
        ]}
      />
      <FilterForm
        action={links.releaseVariables(release.id)}
        name="filter"
        value={filter}
        label="Filter by name"
      >
        {props.show === 'changes' && <input type="hidden" name="show" value="changes" />}
      </FilterForm>
      {props.show === 'frozen' ? (
        <Frozen rows={props.rows} filter={filter} />
      ) : (
        <Changes rows={props.rows} filter={filter} />
      )}
      <Pagination paging={paging} noun="values" />
      {props.show === 'changes' && props.rows.length > 0 && mayUpdate && (
        <div class="snapshot-update">
          <PostButton action={links.releaseVariables(release.id)} small>
            Take the variables as they are now
          </PostButton>
          <p class="hint">Deployments of this release from then on use them.</p>
        </div>
      )}
    </ProjectFrame>
  )
}

const Frozen = ({ rows, filter }: { rows: FrozenRow[]; filter: string }) =>
  rows.length === 0 ? (
    <Empty icon="configuration" title="No variables">
      {filter
        ? `None whose name contains “${filter}”.`
        : 'The project had none, or you may not see them.'}
    </Empty>
  ) : (
    <Table
      caption="Variables as frozen"
      stack
      columns={[{ title: 'Name' }, { title: 'Value' }, { title: 'Scope' }]}
    >
      {rows.map(row => (
        <tr>
          <th scope="row">
            <code>{row.name}</code>
          </th>
          <Cell title="Value">
            <SideText side={row} />
          </Cell>
          <Cell title="Scope">
            <ScopeChips scope={row.scope} />
          </Cell>
        </tr>
      ))}
    </Table>
  )

const WORDS = { added: 'Added', removed: 'Removed', changed: 'Changed' }

const Changes = ({ rows, filter }: { rows: DifferenceRow[]; filter: string }) =>
  rows.length === 0 ? (
    <Empty icon="success" title="Nothing has changed">
      {filter
        ? `Nothing whose name contains “${filter}”.`
        : 'The release has the variables as they are now.'}
    </Empty>
  ) : (
    <Table
      caption="Variables that changed since"
      stack
      columns={[{ title: 'Name' }, { title: '' }, { title: 'In the release' }, { title: 'Now' }]}
    >
      {rows.map(({ name, kind, before, after }) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
          </th>
          <Cell>{WORDS[kind]}</Cell>
          <Cell title="In the release">
            <Whole side={before} />
          </Cell>
          <Cell title="Now">
            <Whole side={after} />
          </Cell>
        </tr>
      ))}
    </Table>
  )

const Whole = ({ side }: { side: FrozenSide | undefined }) =>
  side ? (
    <>
      <SideText side={side} />
      <span class="sub">
        <ScopeChips scope={side.scope} />
      </span>
    </>
  ) : (
    <span class="faint">–</span>
  )

const SideText = ({ side }: { side: FrozenSide }) => {
  if (side.value === undefined)
    return (
      <span class="sensitive">
        <Icon name="lock" />
        Sensitive, not shown
      </span>
    )
  return side.value === '' ? (
    <span class="faint">empty</span>
  ) : (
    <code class="value">{side.value}</code>
  )
}
