import { Empty } from '../components/empty.tsx'
import { Heading } from '../components/heading.tsx'
import { LiveRegion } from '../components/live.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { NEW_PROJECT_COMMAND, NewProjectLink } from '../projects/project-links.tsx'
import { Attention, type AttentionItem } from './attention.tsx'
import { type DashboardEnvironment, type DashboardGroup, Grid } from './grid.tsx'

export type DashboardPageProps = {
  frame: Frame
  /** In their order; the columns. */
  environments: DashboardEnvironment[]
  groups: DashboardGroup[]
  attention: AttentionItem[]
  paging: Paging
  /** The reader may make projects; true unless said otherwise. */
  mayCreate?: boolean
  /** The project group shown, if only one is. */
  groupFilter?: { current?: string | undefined; all: { id: string; name: string }[] } | undefined
}

export const DashboardPage = (props: DashboardPageProps) => {
  const { frame, environments, groups, attention, mayCreate = true } = props
  const isEmpty = groups.every(group => group.projects.length === 0)
  return (
    <Page frame={frame} title="Dashboard" section="dashboard" wide>
      <Heading
        title="Dashboard"
        actions={
          <>
            <GroupFilter {...props} />
            {mayCreate && <NewProjectLink />}
          </>
        }
      />
      {isEmpty ? (
        <Empty
          icon="projects"
          title="No projects yet"
          action={mayCreate && <NewProjectLink look="primary" />}
          command={NEW_PROJECT_COMMAND}
        >
          A project says how one application is deployed. Here you will see which release of each
          project is in which environment.
        </Empty>
      ) : (
        <LiveRegion id="dashboard" every={15} class="stack">
          <Attention items={attention} />
          <Grid environments={environments} groups={groups} />
          <Pagination paging={props.paging} noun="projects" />
        </LiveRegion>
      )}
    </Page>
  )
}

const GroupFilter = ({ groupFilter }: DashboardPageProps) =>
  groupFilter && groupFilter.all.length > 1 ? (
    <form method="get" action={links.home} class="form-inline">
      <select name="group" class="input" aria-label="Project group">
        <option value="">All project groups</option>
        {groupFilter.all.map(({ id, name }) => (
          <option value={id} selected={id === groupFilter.current}>
            {name}
          </option>
        ))}
      </select>
      <button class="button button-quiet" type="submit">
        Show
      </button>
    </form>
  ) : null
