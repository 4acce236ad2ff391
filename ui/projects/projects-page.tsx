import { Empty } from '../components/empty.tsx'
import { FilterForm } from '../components/filter.tsx'
import { Heading } from '../components/heading.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { NEW_PROJECT_COMMAND, NewProjectLink } from './project-links.tsx'

export type ProjectRow = {
  id: string
  name: string
  description: string
  group: string
  lifecycle: string
  disabled?: boolean | undefined
  latestRelease?: { id: string; version: string; at: number } | undefined
}

export type ProjectsPageProps = {
  frame: Frame
  projects: ProjectRow[]
  paging: Paging
  /** What the name was searched for. */
  filter: string
  /** The reader may make projects; true unless said otherwise. */
  mayCreate?: boolean
}

export const ProjectsPage = ({
  frame,
  projects,
  paging,
  filter,
  mayCreate = true,
}: ProjectsPageProps) => (
  <Page frame={frame} title="Projects" section="projects">
    <Heading title="Projects" actions={mayCreate && <NewProjectLink look="primary" />} />
    {projects.length === 0 && !filter ? (
      <Empty
        icon="projects"
        title="No projects yet"
        action={mayCreate && <NewProjectLink look="primary" />}
        command={NEW_PROJECT_COMMAND}
      >
        A project holds the process, the variables and the releases of one application.
      </Empty>
    ) : (
      <>
        <FilterForm action={links.projects} name="name" value={filter} label="Filter by name" />
        {projects.length === 0 ? (
          <p class="faint">No project's name contains “{filter}”.</p>
        ) : (
          <Table
            caption="Projects"
            stack
            columns={[
              { title: 'Project' },
              { title: 'Group' },
              { title: 'Lifecycle' },
              { title: 'Latest release' },
              { title: 'Created' },
            ]}
          >
            {projects.map(project => (
              <tr>
                <th scope="row">
                  <a href={links.project(project.id)}>{project.name}</a>
                  {(project.disabled || project.description) && (
                    <span class="sub clip">
                      {project.disabled ? 'Disabled. ' : ''}
                      {project.description}
                    </span>
                  )}
                </th>
                <Cell title="Group">{project.group}</Cell>
                <Cell title="Lifecycle">{project.lifecycle}</Cell>
                <Cell title="Latest release">
                  {project.latestRelease ? (
                    <a href={links.release(project.latestRelease.id)}>
                      {project.latestRelease.version}
                    </a>
                  ) : (
                    <span class="faint">none</span>
                  )}
                </Cell>
                <Cell title="Created">
                  <Time at={project.latestRelease?.at} />
                </Cell>
              </tr>
            ))}
          </Table>
        )}
        <Pagination paging={paging} noun="projects" />
      </>
    )}
  </Page>
)
