import { DeleteLink, PostButton } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { type Scope, ScopeChips } from '../components/chips.tsx'
import { Digest } from '../components/code.tsx'
import { count, formatBytes } from '../components/format.ts'
import { Icon } from '../components/icon.tsx'
import { LiveRegion } from '../components/live.tsx'
import { Markdown } from '../components/markdown.tsx'
import { type Status, StatusChip } from '../components/status.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Duration, Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'
import { Lane, type LanePhase } from './lane.tsx'

export type ReleaseDeployment = {
  id: string
  environment: string
  status: Status
  by: string
  createdAt: number
  startedAt?: number | undefined
  endedAt?: number | undefined
}

export type ReleasePackage = {
  step: string
  packageId: string
  version: string
  sizeBytes?: number | undefined
  sha256?: string | undefined
}

export type ReleasePageProps = {
  frame: Frame
  project: ProjectHead
  release: {
    id: string
    version: string
    channel: string
    lifecycle: string
    createdAt: number
    createdBy: string
    notes: string
    /** The rules of its channel were not asked. */
    ignoredRules?: boolean | undefined
  }
  phases: LanePhase[]
  packages: ReleasePackage[]
  /** What was frozen. */
  snapshot: {
    steps: { name: string; kind: string }[]
    /** Of all that the reader may see; `variables` are the first of them. */
    variableCount: number
    variables: { name: string; value?: string | undefined; sensitive: boolean; scope: Scope }[]
    /** The project's process or variables have changed since. */
    processChanged?: boolean | undefined
    variablesChanged?: boolean | undefined
  }
  deployments: ReleaseDeployment[]
  /** Something of this release runs or waits now: then the page refreshes itself. */
  live: boolean
  mayEdit?: boolean
  mayDelete?: boolean
}

export const ReleasePage = (props: ReleasePageProps) => {
  const { frame, project, release, packages, deployments } = props
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="releases"
      title={release.version}
      actions={
        props.mayDelete === false ? (
          <span />
        ) : (
          <DeleteLink href={links.releaseDelete(release.id)} what="release" />
        )
      }
      wide
    >
      <div class="release-head">
        <h2 class="release-version">{release.version}</h2>
        <span class="faint">
          {release.channel} channel · {release.lifecycle} · created <Time at={release.createdAt} />{' '}
          by {release.createdBy}
          {release.ignoredRules && ' · whatever the rules of its channel say'}
        </span>
      </div>
      <div class="stack">
        <LiveRegion id="progress" class="live stack" every={props.live ? 5 : 15}>
          <Lane releaseId={release.id} phases={props.phases} />
          <Deployments deployments={deployments} />
        </LiveRegion>
        <div class="split split-even">
          <div class="stack">
            {release.notes && (
              <Card title="Release notes">
                <Markdown text={release.notes} />
              </Card>
            )}
            <Packages packages={packages} />
          </div>
          <Snapshot {...props} />
        </div>
      </div>
    </ProjectFrame>
  )
}

const Deployments = ({ deployments }: { deployments: ReleaseDeployment[] }) => (
  <Card title="Deployments" flush>
    {deployments.length === 0 ? (
      <p class="card-note">Not deployed yet. Choose an environment above.</p>
    ) : (
      <Table
        caption="Deployments of this release"
        stack
        columns={[
          { title: 'Environment' },
          { title: 'State' },
          { title: 'Started' },
          { title: 'Took', kind: 'number' },
          { title: 'By' },
        ]}
      >
        {deployments.map(deployment => (
          <tr>
            <th scope="row">
              <a href={links.deployment(deployment.id)}>{deployment.environment}</a>
            </th>
            <Cell title="State">
              <StatusChip status={deployment.status} />
            </Cell>
            <Cell title="Started">
              <Time at={deployment.startedAt ?? deployment.createdAt} />
            </Cell>
            <Cell title="Took" kind="number">
              <Duration startedAt={deployment.startedAt} endedAt={deployment.endedAt} />
            </Cell>
            <Cell title="By">{deployment.by}</Cell>
          </tr>
        ))}
      </Table>
    )}
  </Card>
)

const Packages = ({ packages }: { packages: ReleasePackage[] }) => (
  <Card title="Packages" flush>
    {packages.length === 0 ? (
      <p class="card-note">No step of this release uses a package.</p>
    ) : (
      <ul class="rows">
        {packages.map(item => (
          <li>
            <div>
              <a class="link" href={links.package(item.packageId)}>
                {item.packageId}
              </a>{' '}
              <span class="version">{item.version}</span>
              <span class="sub">
                {item.step}
                {item.sizeBytes !== undefined && ` · ${formatBytes(item.sizeBytes)}`}
              </span>
            </div>
            {item.sha256 && <Digest text={item.sha256} />}
          </li>
        ))}
      </ul>
    )}
  </Card>
)

const Snapshot = ({ snapshot, project, release, mayEdit }: ReleasePageProps) => (
  <Card title="Snapshot">
    <Facts>
      <Fact name="Process">
        {snapshot.steps.length} {snapshot.steps.length === 1 ? 'step' : 'steps'}
        {snapshot.processChanged && <Changed href={links.process(project.id)} />}
      </Fact>
      <Fact name="Variables">
        {snapshot.variableCount === 0 ? (
          'none'
        ) : (
          <a class="link" href={links.releaseVariables(release.id)}>
            {count(snapshot.variableCount, 'value')}
          </a>
        )}
        {snapshot.variablesChanged && (
          <Changed href={`${links.releaseVariables(release.id)}?show=changes`} />
        )}
      </Fact>
    </Facts>
    {snapshot.variablesChanged && mayEdit !== false && (
      <div class="snapshot-update">
        <PostButton action={links.releaseVariables(release.id)} small>
          Take the variables as they are now
        </PostButton>
        <p class="hint">Deployments of this release from then on use them.</p>
      </div>
    )}
    {snapshot.steps.length > 0 && (
      <details class="disclosure">
        <summary>Steps as frozen</summary>
        <ol class="numbered">
          {snapshot.steps.map(step => (
            <li>
              {step.name} <span class="faint">{step.kind}</span>
            </li>
          ))}
        </ol>
      </details>
    )}
    {snapshot.variables.length > 0 && (
      <details class="disclosure">
        <summary>Variables as frozen</summary>
        <ul class="rows rows-tight">
          {snapshot.variables.map(variable => (
            <li>
              <div>
                <code>{variable.name}</code>{' '}
                {variable.sensitive ? (
                  <span class="sensitive">
                    <Icon name="lock" />
                    Sensitive
                  </span>
                ) : (
                  <code class="value">{variable.value}</code>
                )}
              </div>
              <ScopeChips scope={variable.scope} />
            </li>
          ))}
        </ul>
        {snapshot.variableCount > snapshot.variables.length && (
          <p class="hint">
            <a class="link" href={links.releaseVariables(release.id)}>
              All {snapshot.variableCount} values
            </a>
          </p>
        )}
      </details>
    )}
  </Card>
)

const Changed = ({ href }: { href: string }) => (
  <span class="sub">
    <a href={href}>changed since</a>
  </span>
)
