import { Banner } from '../components/banner.tsx'
import { ButtonLink, PostButton, SubmitButton } from '../components/button.tsx'
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
  /** It failed, and can go on from where it did. */
  canResume?: boolean | undefined
  /** It waits behind others of its queue. */
  canPrioritize?: boolean | undefined
  /** The failed deployment that it goes on from. */
  resumedFrom?: string | undefined
  /** Why somebody started it, in their words. */
  comments?: string | undefined
  /** It was told to start then. */
  startsAt?: number | undefined
}

/** State, who, how long, and what can be done; sent again whenever it changes. */
export const DeploymentHeader = ({ head }: { head: DeploymentHead }) => (
  <>
    <div class="deployment-state">
      <StatusChip status={head.status} word={head.word} />
      <span class="faint">
        started by {head.by} <Time at={head.createdAt} />
        {head.startsAt !== undefined && (
          <>
            {' '}
            to start <Time at={head.startsAt} />
          </>
        )}
        {head.resumedFrom && (
          <>
            , going on from{' '}
            <a class="link" href={links.deployment(head.resumedFrom)}>
              the one that failed
            </a>
          </>
        )}
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
        {head.canPrioritize && (
          <PostButton action={links.deploymentPrioritize(head.id)} look="plain" small>
            Move to top
          </PostButton>
        )}
        {head.canResume && (
          <PostButton action={links.deploymentResume(head.id)} look="primary" small>
            Resume
          </PostButton>
        )}
        {head.canRepeat && (
          <>
            <PostButton action={links.deploymentRepeat(head.id)} look="plain" small>
              Run again
            </PostButton>
            <ButtonLink
              href={links.deploy(head.release.id, head.environment.id)}
              look="quiet"
              small
            >
              Deploy with options…
            </ButtonLink>
          </>
        )}
        {(head.status === 'success' || head.status === 'warning') && (
          <ButtonLink href={links.release(head.release.id)} look="primary" small>
            Promote…
          </ButtonLink>
        )}
      </span>
    </div>
    {head.comments && <p class="deployment-comments">{head.comments}</p>}
    {head.status === 'handled' && (
      <Banner kind="warning" title="It failed, and the failure was handled.">
        A later step that runs after failures succeeded. The task still counts as failed.
      </Banner>
    )}
    {head.status === 'unknown' && (
      <Banner kind="error" title="Nobody knows how it ended.">
        A runner was lost at work. What it did may or may not be complete; look before you go on.
      </Banner>
    )}
    {head.reason && (
      <Banner
        kind={head.status === 'failed' ? 'error' : head.status === 'success' ? 'info' : 'warning'}
      >
        {head.reasonHref ? (
          <a class="link" href={head.reasonHref}>
            {head.reason}
          </a>
        ) : (
          head.reason
        )}
      </Banner>
    )}
  </>
)
