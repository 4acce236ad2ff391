import { Icon } from '../components/icon.tsx'
import { type Status, StatusIcon } from '../components/status.tsx'
import { Time } from '../components/time.tsx'
import { links } from '../links.ts'

export type AttentionItem = {
  deploymentId: string
  status: Status
  project: string
  version: string
  environment: string
  /** Why it waits or what failed, when that is known. */
  reason?: string | undefined
  at: number
}

/** What somebody should look at: failed, waiting for a person, running. Absent when all is quiet. */
export const Attention = ({ items }: { items: AttentionItem[] }) =>
  items.length === 0 ? (
    <p class="all-quiet">
      <Icon name="success" />
      Nothing is failing, waiting or running.
    </p>
  ) : (
    <section class="attention" aria-label="Needs attention">
      {items.map(item => (
        <a
          class={`attention-item status-${item.status}`}
          href={links.deployment(item.deploymentId)}
        >
          <StatusIcon status={item.status} />
          <span class="attention-text">
            <strong>
              {item.project} {item.version}
            </strong>
            <span>
              to {item.environment} · <Time at={item.at} />
            </span>
            {item.reason && <span class="attention-reason">{item.reason}</span>}
          </span>
        </a>
      ))}
    </section>
  )
