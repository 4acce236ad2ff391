import { ButtonLink } from '../components/button.tsx'
import { Empty } from '../components/empty.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

export type ReleaseRow = {
  id: string
  version: string
  channel: string
  createdAt: number
  createdBy: string
  /** The first line of the notes. */
  notes: string
  /** Environments it was deployed to with success. */
  environments: string[]
}

export type ReleasesPageProps = {
  frame: Frame
  project: ProjectHead
  releases: ReleaseRow[]
  paging: Paging
}

export const ReleasesPage = ({ frame, project, releases, paging }: ReleasesPageProps) => (
  <ProjectFrame frame={frame} project={project} tab="releases">
    {paging.total === 0 ? (
      <Empty
        icon="package"
        title="No releases yet"
        action={
          <ButtonLink href={links.releaseNew(project.id)} look="primary" icon="plus">
            Create release
          </ButtonLink>
        }
        command={`octopus release create --project '${project.name.replaceAll("'", "'\\''")}'`}
      >
        A release freezes the process, the variables and the package versions under one number.
      </Empty>
    ) : (
      <>
        <Table
          caption={`Releases of ${project.name}`}
          stack
          columns={[
            { title: 'Version' },
            { title: 'Channel' },
            { title: 'Deployed to' },
            { title: 'Created' },
            { title: 'By' },
          ]}
        >
          {releases.map(release => (
            <tr>
              <th scope="row">
                <a href={links.release(release.id)}>{release.version}</a>
                {release.notes && <span class="sub clip">{release.notes}</span>}
              </th>
              <Cell title="Channel">{release.channel}</Cell>
              <Cell title="Deployed to">
                {release.environments.length > 0 ? (
                  release.environments.join(', ')
                ) : (
                  <span class="faint">nowhere yet</span>
                )}
              </Cell>
              <Cell title="Created">
                <Time at={release.createdAt} />
              </Cell>
              <Cell title="By">{release.createdBy}</Cell>
            </tr>
          ))}
        </Table>
        <Pagination paging={paging} noun="releases" />
      </>
    )}
  </ProjectFrame>
)
