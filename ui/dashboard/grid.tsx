import { type Status, StatusIcon, statusWord } from '../components/status.tsx'
import { Time } from '../components/time.tsx'
import { links } from '../links.ts'

export type DashboardEnvironment = { id: string; name: string }

export type DashboardCell = {
  environmentId: string
  deploymentId: string
  releaseId: string
  version: string
  status: Status
  /** Another word for the state: "Waiting for a person". */
  word?: string | undefined
  /** Why it waits, or what failed: the cell's tooltip. */
  reason?: string | undefined
  at: number
  /** An earlier environment has a newer success: this one is behind. */
  behind?: boolean | undefined
  /** What is still there while the latest deployment failed or runs. */
  previousVersion?: string | undefined
}

export type DashboardProject = {
  id: string
  name: string
  disabled?: boolean | undefined
  cells: DashboardCell[]
  /** The newest release that is nowhere yet, or can go further: one press from here. */
  next?: { releaseId: string; version: string; environmentId: string } | undefined
  /** Environments that the project's lifecycle leads through; the others are left out of its row. */
  environmentIds: string[]
}

export type DashboardGroup = { id: string; name: string; projects: DashboardProject[] }

/** Projects down, environments across; on a phone one card per project. */
export const Grid = (props: { environments: DashboardEnvironment[]; groups: DashboardGroup[] }) => (
  <div class="stack">
    {props.groups
      .filter(group => group.projects.length > 0)
      .map(group => (
        <section class="grid-group" aria-label={group.name}>
          <h2>{group.name}</h2>
          <div class="table-box">
            <table class="grid">
              <caption class="hidden">Releases of {group.name} by environment</caption>
              <thead>
                <tr>
                  <th scope="col">Project</th>
                  {props.environments.map(environment => (
                    <th scope="col">{environment.name}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {group.projects.map(project => (
                  <ProjectRow project={project} environments={props.environments} />
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ))}
  </div>
)

const ProjectRow = (props: { project: DashboardProject; environments: DashboardEnvironment[] }) => {
  const { project } = props
  return (
    <tr>
      <th scope="row">
        <a href={links.project(project.id)}>{project.name}</a>
        {project.disabled && <span class="sub">disabled</span>}
      </th>
      {props.environments.map(environment => (
        <GridCell project={project} environment={environment} />
      ))}
    </tr>
  )
}

const GridCell = (props: { project: DashboardProject; environment: DashboardEnvironment }) => {
  const { project, environment } = props
  const cell = project.cells.find(each => each.environmentId === environment.id)
  const next = project.next?.environmentId === environment.id ? project.next : undefined
  const applies = project.environmentIds.includes(environment.id)
  return (
    <td data-title={environment.name} class={cell || next ? '' : 'grid-none'}>
      {cell && <Deployed cell={cell} />}
      {next && (
        <a class="grid-next" href={links.deploy(next.releaseId, environment.id)}>
          Deploy {next.version}
        </a>
      )}
      {!cell && !next && (
        <span class="faint" title={applies ? 'Nothing deployed yet' : 'Not in this lifecycle'}>
          {applies ? '–' : ''}
        </span>
      )}
    </td>
  )
}

const Deployed = ({ cell }: { cell: DashboardCell }) => (
  <a
    class="deployed"
    href={links.deployment(cell.deploymentId)}
    {...(cell.reason ? { title: cell.reason } : {})}
  >
    <StatusIcon status={cell.status} word={cell.word} />
    <span class="version">{cell.version}</span>
    <span class="deployed-when">
      {cell.status === 'success' ? <Time at={cell.at} /> : (cell.word ?? statusWord(cell.status))}
      {cell.behind && <span class="behind"> · behind</span>}
    </span>
    {cell.previousVersion && <span class="deployed-previous">still {cell.previousVersion}</span>}
  </a>
)
