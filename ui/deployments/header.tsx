import { Banner, type BannerKind } from '../components/banner.tsx'
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
    <Why head={head} />
  </>
)

const Why = ({ head }: { head: DeploymentHead }) => {
  const { status, reason, reasonHref } = head
  const known = verdicts[status]
  if (!reason && !known) return null
  return (
    <Banner
      kind={
        known?.kind ?? (status === 'failed' ? 'error' : status === 'success' ? 'info' : 'warning')
      }
      title={known?.title}
    >
      {reasonHref ? (
        <a class="link" href={reasonHref}>
          {reason}
        </a>
      ) : (
        reason
      )}
      {known && <div>{known.text}</div>}
    </Banner>
  )
}

/** Ends that need a word more than their name. */
const verdicts: Partial<Record<Status, { kind: BannerKind; title: string; text: string }>> = {
  handled: {
    kind: 'warning',
    title: 'It failed, and the failure was handled.',
    text: 'A later step that runs after failures succeeded. The task still counts as failed.',
  },
  unknown: {
    kind: 'error',
    title: 'Nobody knows how it ended.',
    text: 'A runner was lost at work. What it did may or may not be complete; look before you go on.',
  },
}
