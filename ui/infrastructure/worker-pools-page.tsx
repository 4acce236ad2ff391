import { ButtonLink, IconLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Tag } from '../components/chips.tsx'
import { TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState, filled } from '../components/form.tsx'
import { type Health, HealthChip } from '../components/status.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { InfrastructureFrame } from './infrastructure-frame.tsx'

export type WorkerPoolCard = {
  id: string
  name: string
  description: string
  isDefault: boolean
  workers: { id: string; name: string; health: Health; lastSeenAt?: number | undefined }[]
}

export type WorkerPoolsPageProps = {
  frame: Frame
  pools: WorkerPoolCard[]
  /** Of a new pool: `name`, `description`. */
  form?: FormState
  /** The installation has workers that serve pools without one of their own. */
  hasShared?: boolean
  mayEdit?: boolean
}

export const WorkerPoolsPage = ({
  frame,
  pools,
  form = filled(),
  hasShared = false,
  mayEdit = true,
}: WorkerPoolsPageProps) => (
  <InfrastructureFrame
    frame={frame}
    tab="worker-pools"
    actions={
      mayEdit && (
        <ButtonLink href={`${links.targetNew}?role=worker`} look="primary" icon="plus">
          Add worker
        </ButtonLink>
      )
    }
  >
    <p class="intro intro-block">
      Workers run the steps that need no target: smoke tests, migrations, calls to a cloud.
    </p>
    <div class="split">
      <div class="stack">
        {pools.map(pool => (
          <Card
            title={pool.name}
            actions={
              pool.isDefault ? (
                <Tag>default</Tag>
              ) : (
                mayEdit && (
                  <IconLink
                    icon="trash"
                    href={links.workerPoolDelete(pool.id)}
                    label={`Delete ${pool.name}`}
                  />
                )
              )
            }
            flush={pool.workers.length > 0}
          >
            {pool.workers.length === 0 ? (
              <p class="hint">
                {pool.description && <span class="sub">{pool.description}</span>}
                {hasShared
                  ? 'No workers of its own: the shared workers of this installation serve it.'
                  : 'No workers: steps that run on this pool wait until one joins.'}
              </p>
            ) : (
              <ul class="rows">
                {pool.workers.map(worker => (
                  <li>
                    <strong>{worker.name}</strong>
                    <span class="icon-row">
                      <span class="small faint">
                        <Time at={worker.lastSeenAt} none="never seen" />
                      </span>
                      <HealthChip health={worker.health} />
                      {mayEdit && (
                        <IconLink
                          icon="trash"
                          href={links.workerDelete(worker.id)}
                          label={`Delete ${worker.name}`}
                        />
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        ))}
      </div>
      {mayEdit && (
        <Card title="New worker pool">
          <ErrorSummary form={form} />
          <Form action={links.workerPools}>
            <TextField form={form} name="name" label="Name" required />
            <TextArea form={form} name="description" label="Description" rows={2} optional />
            <FormActions>
              <SubmitButton>Add worker pool</SubmitButton>
            </FormActions>
          </Form>
        </Card>
      )}
    </div>
  </InfrastructureFrame>
)
