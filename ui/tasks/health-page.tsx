import { Heading } from '../components/heading.tsx'
import { type Health, HealthChip, type Status, StatusChip } from '../components/status.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type HealthPageProps = {
  frame: Frame
  title: string
  status: Status
  word?: string | undefined
  by: string
  at: number
  found: { id: string; name: string; health: Health; summary: string }[]
}

/** What a check of targets found. */
export const HealthPage = ({ frame, title, status, word, by, at, found }: HealthPageProps) => (
  <Page frame={frame} title={title} section="tasks">
    <Heading
      title={title}
      badge={<StatusChip status={status} word={word} />}
      crumbs={[{ href: links.tasks, title: 'Tasks' }]}
      intro={
        <>
          {by}, <Time at={at} />
        </>
      }
    />
    <Table
      caption="What was found"
      stack
      columns={[{ title: 'Target' }, { title: 'Health' }, { title: 'Report' }]}
    >
      {found.map(target => (
        <tr>
          <th scope="row">
            <a href={links.target(target.id)}>{target.name}</a>
          </th>
          <Cell title="Health">
            <HealthChip health={target.health} />
          </Cell>
          <Cell title="Report">{target.summary}</Cell>
        </tr>
      ))}
    </Table>
  </Page>
)
