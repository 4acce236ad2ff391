import { Empty } from '../components/empty.tsx'
import { Heading } from '../components/heading.tsx'
import { Icon } from '../components/icon.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type OutputRow = {
  step: string
  /** Absent: set on a worker, or by a person. */
  target?: string | undefined
  name: string
  /** Absent: a secret. */
  value?: string | undefined
}

export type OutputsPageProps = {
  frame: Frame
  deployment: { id: string; name: string }
  rows: OutputRow[]
  paging: Paging
}

/** What the steps of a deployment have set for those after them. */
export const OutputsPage = ({ frame, deployment, rows, paging }: OutputsPageProps) => (
  <Page frame={frame} title="Output variables" section="tasks">
    <Heading
      title="Output variables"
      crumbs={[{ href: links.deployment(deployment.id), title: deployment.name }]}
      intro="What steps have set for the steps after them: #{Octopus.Action[Step].Output.Name}."
    />
    {rows.length === 0 ? (
      <Empty icon="configuration" title="No output variables">
        No step of this deployment has set one.
      </Empty>
    ) : (
      <Table
        caption="Output variables"
        stack
        columns={[{ title: 'Name' }, { title: 'Value' }, { title: 'Step' }, { title: 'Target' }]}
      >
        {rows.map(({ name, value, step, target }) => (
          <tr>
            <th scope="row">
              <code>{name}</code>
            </th>
            <Cell title="Value">
              {value === undefined ? (
                <span class="sensitive">
                  <Icon name="lock" />
                  Sensitive, not shown
                </span>
              ) : value === '' ? (
                <span class="faint">empty</span>
              ) : (
                <code class="value">{value}</code>
              )}
            </Cell>
            <Cell title="Step">{step}</Cell>
            <Cell title="Target">{target ?? <span class="faint">–</span>}</Cell>
          </tr>
        ))}
      </Table>
    )}
    <Pagination paging={paging} noun="output variables" />
  </Page>
)
