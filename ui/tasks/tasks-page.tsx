import { ButtonLink } from '../components/button.tsx'
import { Empty } from '../components/empty.tsx'
import { Heading } from '../components/heading.tsx'
import { PollTable } from '../components/live.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { type Status, StatusChip } from '../components/status.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Duration, Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type TaskRow = {
  id: string
  /** Its page; a task of the server's own has none. */
  href?: string | undefined
  description: string
  status: Status
  word?: string | undefined
  project?: string | undefined
  environment?: string | undefined
  queuedAt: number
  startedAt?: number | undefined
  endedAt?: number | undefined
  /** Why it waits, and behind what: "Waits for Shop 1.4.0 to Production, which runs now." */
  waitingFor?: { text: string; href?: string | undefined } | undefined
  /** Stands before others that were queued earlier. */
  isUrgent?: boolean | undefined
}

export type TaskFilter = 'all' | 'active' | 'queued' | 'input' | 'failed' | 'finished'

export type TasksPageProps = {
  frame: Frame
  tasks: TaskRow[]
  filter: TaskFilter
  counts: Partial<Record<TaskFilter, number>>
  paging: Paging
}

const filters: { key: TaskFilter; title: string }[] = [
  { key: 'all', title: 'All' },
  { key: 'active', title: 'Running' },
  { key: 'queued', title: 'Queued' },
  { key: 'input', title: 'Needs input' },
  { key: 'failed', title: 'Failed' },
  { key: 'finished', title: 'Finished' },
]

const empty: Partial<Record<TaskFilter, string>> = {
  all: 'No tasks yet',
  input: 'Nothing waits for a person',
}

export const TasksPage = ({ frame, tasks, filter, counts, paging }: TasksPageProps) => (
  <Page frame={frame} title="Tasks" section="tasks" wide>
    <Heading title="Tasks" />
    <nav class="pills" aria-label="State">
      {filters.map(({ key, title }) => (
        <a
          href={links.tasksIn(key === 'all' ? undefined : key)}
          {...(key === filter ? { 'aria-current': 'page' } : {})}
        >
          {title}
          {counts[key] !== undefined && <span>{counts[key]}</span>}
        </a>
      ))}
    </nav>
    <PollTable id="tasks" every={5}>
      {tasks.length === 0 ? (
        <Empty
          icon="tasks"
          title={empty[filter] ?? 'No such task'}
          action={
            filter === 'all' ? (
              <ButtonLink href={links.projects} look="primary">
                To the projects
              </ButtonLink>
            ) : (
              <ButtonLink href={links.tasksIn(undefined)}>Show all tasks</ButtonLink>
            )
          }
        >
          {filter === 'input'
            ? 'Deployments that ask a person, after a failure or by their process, are listed here.'
            : 'Each deployment is a task: it waits its turn, runs and leaves its log here.'}
        </Empty>
      ) : (
        <Table
          caption="Tasks"
          stack
          columns={[
            { title: 'Task' },
            { title: 'State' },
            { title: 'Environment' },
            { title: 'Queued' },
            { title: 'Took', kind: 'number' },
          ]}
        >
          {tasks.map(task => (
            <tr>
              <th scope="row">
                {task.href ? <a href={task.href}>{task.description}</a> : task.description}
                {task.waitingFor && (
                  <span class="sub">
                    {task.waitingFor.href ? (
                      <a class="link" href={task.waitingFor.href}>
                        {task.waitingFor.text}
                      </a>
                    ) : (
                      task.waitingFor.text
                    )}
                  </span>
                )}
              </th>
              <Cell title="State">
                <StatusChip status={task.status} word={task.word} />
                {task.isUrgent && <span class="sub">moved to the top</span>}
              </Cell>
              <Cell title="Environment">{task.environment ?? '–'}</Cell>
              <Cell title="Queued">
                <Time at={task.queuedAt} />
              </Cell>
              <Cell title="Took" kind="number">
                <Duration startedAt={task.startedAt} endedAt={task.endedAt} />
              </Cell>
            </tr>
          ))}
        </Table>
      )}
      <Pagination paging={paging} noun="tasks" />
    </PollTable>
  </Page>
)
