import { ButtonLink } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { type Status, StatusChip } from '../components/status.tsx'
import { Time } from '../components/time.tsx'
import { links } from '../links.ts'

export type LaneEnvironment = {
  id: string
  name: string
  /** The latest deployment of this release there. */
  deployment?: { id: string; status: Status; at: number } | undefined
  mayDeploy: boolean
  /** Why it may not go there now. */
  reason?: string | undefined
}

export type LanePhase = {
  name: string
  /** Done: enough of its environments succeeded. Next: it may go here. Blocked: an earlier one is missing. */
  state: 'done' | 'next' | 'blocked'
  optional: boolean
  /** Words: "all 3 environments", "1 of 2 environments"; empty for a phase of one. */
  rule: string
  environments: LaneEnvironment[]
}

/** The lifecycle as the way a release takes: phases as columns, left to right. */
export const Lane = ({ releaseId, phases }: { releaseId: string; phases: LanePhase[] }) => (
  <ol class="lane">
    {phases.map((phase, index) => (
      <li class={`phase phase-${phase.state}`}>
        <div class="phase-head">
          <span class="phase-mark">
            {phase.state === 'done' ? (
              <Icon name="success" />
            ) : phase.state === 'blocked' ? (
              <Icon name="blocked" />
            ) : (
              index + 1
            )}
          </span>
          <h3>{phase.name}</h3>
          <span class="phase-rule">
            {[stateWord[phase.state], phase.optional ? 'optional' : phase.rule]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </div>
        {phase.environments.map(environment => (
          <Stop releaseId={releaseId} environment={environment} />
        ))}
      </li>
    ))}
  </ol>
)

const stateWord = { done: 'Done', next: 'Ready', blocked: 'Blocked' }

const Stop = ({ releaseId, environment }: { releaseId: string; environment: LaneEnvironment }) => {
  const { deployment } = environment
  return (
    <div class="stop">
      <div class="stop-head">
        <strong>{environment.name}</strong>
        {deployment && (
          <a href={links.deployment(deployment.id)} class="stop-state">
            <StatusChip status={deployment.status} />
            <span class="small faint">
              <Time at={deployment.at} />
            </span>
          </a>
        )}
      </div>
      {environment.mayDeploy ? (
        <ButtonLink
          href={links.deploy(releaseId, environment.id)}
          look={deployment?.status === 'success' ? 'plain' : 'primary'}
          small
        >
          {deployment ? 'Deploy again' : 'Deploy'}
          <span class="hidden"> to {environment.name}</span>
        </ButtonLink>
      ) : (
        <p class="reason">{environment.reason ?? 'It cannot go here now.'}</p>
      )}
    </div>
  )
}
