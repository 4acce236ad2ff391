import { Icon, type IconName } from './icon.tsx'

/** The portal's whole vocabulary of states: each has a shape, a word and a colour. */
export type Status =
  | 'success'
  | 'failed'
  | 'running'
  | 'queued'
  | 'waiting'
  | 'cancelled'
  | 'skipped'
  | 'blocked'
  | 'warning'
  /** It failed, and a later step dealt with that. */
  | 'handled'
  /** Nobody knows how it ended. */
  | 'unknown'

const looks: Record<Status, { icon: IconName; word: string }> = {
  success: { icon: 'success', word: 'Success' },
  failed: { icon: 'failed', word: 'Failed' },
  running: { icon: 'running', word: 'Running' },
  queued: { icon: 'queued', word: 'Queued' },
  waiting: { icon: 'waiting', word: 'Waiting' },
  cancelled: { icon: 'cancelled', word: 'Cancelled' },
  skipped: { icon: 'cancelled', word: 'Skipped' },
  blocked: { icon: 'blocked', word: 'Blocked' },
  warning: { icon: 'warning', word: 'Warning' },
  handled: { icon: 'failed', word: 'Failed, handled' },
  unknown: { icon: 'help', word: 'Outcome unknown' },
}

export const statusWord = (status: Status): string => looks[status].word

export const StatusChip = ({ status, word }: { status: Status; word?: string | undefined }) => (
  <span class={`chip status-${status}`}>
    <Icon name={looks[status].icon} />
    {word ?? looks[status].word}
  </span>
)

/** Where the chip would be too wide: the shape in its colour, the word for screen readers and as a tooltip. */
export const StatusIcon = ({ status, word }: { status: Status; word?: string | undefined }) => (
  <span class={`status-icon status-${status}`} title={word ?? looks[status].word}>
    <Icon name={looks[status].icon} />
    <span class="hidden">{word ?? looks[status].word}</span>
  </span>
)

export type Health = 'healthy' | 'unhealthy' | 'offline' | 'unknown' | 'disabled'

const healthLooks: Record<Health, { status: Status; word: string }> = {
  healthy: { status: 'success', word: 'Healthy' },
  unhealthy: { status: 'failed', word: 'Unhealthy' },
  offline: { status: 'failed', word: 'Offline' },
  unknown: { status: 'queued', word: 'Unknown' },
  disabled: { status: 'cancelled', word: 'Disabled' },
}

export const HealthChip = ({ health }: { health: Health }) => (
  <StatusChip status={healthLooks[health].status} word={healthLooks[health].word} />
)
