import { ButtonLink } from '../components/button.tsx'
import { Empty } from '../components/empty.tsx'
import { LiveRegion } from '../components/live.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { type Status, StatusIcon, statusWord } from '../components/status.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'

export type OverviewCell = {
  environmentId: string
  /** The latest deployment of this release there. */
  deployment?: { id: string; status: Status; at: number } | undefined
  /** The lifecycle lets it go there now. */
  mayDeploy?: boolean | undefined
  /** Else why not. */
  reason?: string | undefined
  /** This release is what runs there now. */
  current?: boolean | undefined
}

export type OverviewRelease = {
  id: string
  version: string
  channel: string
  createdAt: number
  cells: OverviewCell[]
}

export type ProjectOverviewPageProps = {
  frame: Frame
  project: ProjectHead
  environments: { id: string; name: string }[]
  releases: OverviewRelease[]
  paging: Paging
  stepCount: number
}

/** Releases down, environments across. */
export const ProjectOverviewPage = (props: ProjectOverviewPageProps) => {
  const { frame, project, environments, releases } = props
  return (
    <ProjectFrame frame={frame} project={project} tab="overview" title="Overview" wide>
      {project.description && <p class="intro intro-block">{project.description}</p>}
      {releases.length === 0 ? (
        <NoReleases {...props} />
      ) : (
        <LiveRegion id="overview" every={15}>
          <div class="table-box">
            <table class="grid">
              <caption class="hidden">Releases by environment</caption>
              <thead>
                <tr>
                  <th scope="col">Release</th>
                  {environments.map(({ name }) => (
                    <th scope="col">{name}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {releases.map(release => (
                  <ReleaseRow release={release} environments={environments} />
                ))}
              </tbody>
            </table>
          </div>
          <Pagination paging={props.paging} noun="releases" />
        </LiveRegion>
      )}
    </ProjectFrame>
  )
}

const NoReleases = ({ project, stepCount }: ProjectOverviewPageProps) =>
  stepCount === 0 ? (
    <Empty
      icon="script"
      title="First, say how it is deployed"
      action={
        rightsIn(project).editProcess && (
          <ButtonLink href={links.stepNew(project.id)} look="primary" icon="plus">
            Add the first step
          </ButtonLink>
        )
      }
    >
      The process is a list of steps: run a script, deploy a package. Then create a release and
      deploy it.
    </Empty>
  ) : (
    <Empty
      icon="package"
      title="No releases yet"
      action={
        rightsIn(project).release && (
          <ButtonLink href={links.releaseNew(project.id)} look="primary" icon="plus">
            Create release
          </ButtonLink>
        )
      }
      command={`octopus release create --project '${project.name.replaceAll("'", "'\\''")}'`}
    >
      A release freezes the process, the variables and the package versions under one number.
    </Empty>
  )

const ReleaseRow = (props: {
  release: OverviewRelease
  environments: { id: string; name: string }[]
}) => (
  <tr>
    <th scope="row">
      <a class="version" href={links.release(props.release.id)}>
        {props.release.version}
      </a>
      <span class="sub">
        {props.release.channel} · <Time at={props.release.createdAt} />
      </span>
    </th>
    {props.environments.map(({ id, name }) => (
      <ReleaseCell
        release={props.release}
        name={name}
        cell={props.release.cells.find(each => each.environmentId === id) ?? { environmentId: id }}
      />
    ))}
  </tr>
)

const ReleaseCell = (props: { release: OverviewRelease; cell: OverviewCell; name: string }) => {
  const { release, cell, name } = props
  const { deployment } = cell
  return (
    <td data-title={name} class={deployment || cell.mayDeploy ? '' : 'grid-none'}>
      {deployment && (
        <a
          class={cell.current ? 'deployed deployed-current' : 'deployed'}
          href={links.deployment(deployment.id)}
        >
          <StatusIcon status={deployment.status} />
          <span class="deployed-word">{statusWord(deployment.status)}</span>
          <span class="deployed-when">
            <Time at={deployment.at} />
          </span>
        </a>
      )}
      {!deployment && cell.mayDeploy && (
        <a class="grid-next" href={links.deploy(release.id, cell.environmentId)}>
          Deploy<span class="hidden"> {release.version}</span> to {name}
        </a>
      )}
      {!deployment && !cell.mayDeploy && <span class="reason">{cell.reason ?? '–'}</span>}
    </td>
  )
}
