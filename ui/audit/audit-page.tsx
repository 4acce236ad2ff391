import { Empty } from '../components/empty.tsx'
import { FilterChoice, FilterForm } from '../components/filter.tsx'
import { Heading } from '../components/heading.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { Chain, type ChainState } from './chain.tsx'

export type AuditRow = {
  id: string
  at: number
  username: string
  /** How the user was known: `Session`, `API key`. */
  establishedWith: string
  address: string
  category: string
  message: string
}

export type AuditPageProps = {
  frame: Frame
  rows: AuditRow[]
  paging: Paging
  filter: { regarding: string; category: string }
  categories: string[]
  /** Undefined for who may not see the record of all spaces: the chain runs through all of them. */
  chain?: ChainState | undefined
}

export const AuditPage = ({ frame, rows, paging, filter, categories, chain }: AuditPageProps) => (
  <Page frame={frame} title="Audit" section="configuration" wide>
    <Heading
      title="Audit"
      crumbs={[{ href: links.configuration, title: 'Configuration' }]}
      intro="Who changed what, when and from where. Rows are only ever added."
    />
    {chain && <Chain chain={chain} />}
    <FilterForm
      action={links.audit}
      name="regarding"
      value={filter.regarding}
      label="Id of what it concerns: Projects-1"
    >
      <FilterChoice
        name="category"
        label="Category"
        all="All categories"
        chosen={filter.category}
        options={categories.map(value => ({ value, label: value }))}
      />
    </FilterForm>
    {rows.length === 0 ? (
      <Empty icon="info" title="No such row">
        Change the filter, or go back to the first page.
      </Empty>
    ) : (
      <>
        <Table
          caption="Audit record, newest first"
          stack
          columns={[
            { title: 'What' },
            { title: 'Category' },
            { title: 'Who' },
            { title: 'From' },
            { title: 'When' },
          ]}
        >
          {rows.map(row => (
            <tr id={row.id}>
              <th scope="row">
                {row.message}
                <span class="sub">{row.id}</span>
              </th>
              <Cell title="Category">{row.category}</Cell>
              <Cell title="Who">
                {row.username}
                <span class="sub">{row.establishedWith}</span>
              </Cell>
              <Cell title="From">{row.address === '' ? '–' : row.address}</Cell>
              <Cell title="When">
                <Time at={row.at} />
              </Cell>
            </tr>
          ))}
        </Table>
        <Pagination paging={paging} noun="rows" />
      </>
    )}
  </Page>
)
