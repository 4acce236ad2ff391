import { Banner } from '../components/banner.tsx'
import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Form } from '../components/form.tsx'
import { type Status, StatusChip } from '../components/status.tsx'
import { Duration, Time } from '../components/time.tsx'
import { links } from '../links.ts'

export type DeploymentHead = {
  id: string
  status: Status
  /** Another word for the state: "Cancelling". */
  word?: string | undefined
  project: { id: string; name: string }
  release: { id: string; version: string }
  environment: { id: string; name: string }
  by: string
  createdAt: number
  startedAt?: number | undefined
  endedAt?: number | undefined
  /** Why it waits, or what ended it. */
  reason?: string | undefined
  /** Where the reason can be looked into. */
  reasonHref?: string | undefined
  /** Queued or running, and not being cancelled already. */
  canCancel: boolean
  /** It is over, and its environment may be deployed to again. */
  canRepeat: boolean
}

/** State, who, how long, and what can be done; sent again whenever it changes. */
export const DeploymentHeader = ({ head }: { head: DeploymentHead }) => (
  <>
    <div class="deployment-state">
      <StatusChip status={head.status} word={head.word} />
      <span class="faint">
        started by {head.by} <Time at={head.createdAt} />
        {head.startedAt !== undefined && (
          <>
            {' · '}
            {head.endedAt === undefined ? 'running for ' : 'took '}
            <Duration startedAt={head.startedAt} endedAt={head.endedAt} />
          </>
        )}
      </span>
      <span class="actions deployment-actions">
        {head.canCancel && (
          <Form action={links.deploymentCancel(head.id)} inline>
            <SubmitButton look="danger" small>
              Cancel deployment
            </SubmitButton>
          </Form>
        )}
        {head.canRepeat && (
          <ButtonLink href={links.deploy(head.release.id, head.environment.id)} small>
            Deploy again
          </ButtonLink>
        )}
        {(head.status === 'success' || head.status === 'warning') && (
          <ButtonLink href={links.release(head.release.id)} look="primary" small>
            Promote…
          </ButtonLink>
        )}
      </span>
    </div>
    {head.reason && (
      <Banner
        kind={head.status === 'failed' ? 'error' : head.status === 'success' ? 'info' : 'warning'}
      >
        {head.reasonHref ? <a href={head.reasonHref}>{head.reason}</a> : head.reason}
      </Banner>
    )}
  </>
)
