import { DeleteLink, PostButton, SubmitButton } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { ChoiceList, type Option, TextField } from '../components/fields.tsx'
import {
  ErrorSummary,
  Form,
  FormActions,
  type FormState,
  listOf,
  textOf,
} from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import { type Health, HealthChip, type Status, StatusChip } from '../components/status.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { NOTHING_TO_DECIDE, TargetDecisionList, type TargetDecisions } from './target-decisions.tsx'

export type TargetDeployment = {
  deploymentId: string
  project: string
  version: string
  environment: string
  status: Status
  at: number
}

export type TargetPageProps = {
  frame: Frame
  target: {
    id: string
    name: string
    health: Health
    summary: string
    isDisabled: boolean
    lastSeenAt?: number | undefined
    registeredAt: number
    /** What the runner told: system, architecture, versions. */
    facts: { name: string; value: string }[]
  }
  form: FormState
  environments: Option[]
  deployments: TargetDeployment[]
  decisions?: TargetDecisions
  /** What the reader may do here; everything unless said otherwise. */
  may?: { edit: boolean; delete: boolean; check?: boolean }
}

const EVERYTHING = { edit: true, delete: true, check: true }

/** Fields: `name`, `environments[]`, `tags`. */
export const TargetPage = ({
  frame,
  target,
  form,
  environments,
  deployments,
  decisions = NOTHING_TO_DECIDE,
  may = EVERYTHING,
}: TargetPageProps) => (
  <Page frame={frame} title={target.name} section="infrastructure">
    <Heading
      title={target.name}
      badge={<HealthChip health={target.health} />}
      crumbs={[
        { href: links.infrastructure, title: 'Infrastructure' },
        { href: links.targets, title: 'Targets' },
      ]}
      intro={target.summary}
      actions={
        <>
          {may.delete && <DeleteLink href={links.targetDelete(target.id)} />}
          {may.check && (
            <PostButton action={links.checkHealth} values={{ machine: target.id }}>
              Check health
            </PostButton>
          )}
          {may.edit && (
            <PostButton
              action={links.targetState(target.id)}
              values={{ isDisabled: target.isDisabled ? 'false' : 'true' }}
              live
            >
              {target.isDisabled ? 'Enable' : 'Disable'}
            </PostButton>
          )}
        </>
      }
    />
    <TargetDecisionList
      targetId={target.id}
      decisions={decisions}
      mayDecide={may.edit}
      form={form}
    />
    <div class="split">
      <div class="stack">
        <Card title="This machine">
          <Facts>
            <Fact name="Last seen">
              <Time at={target.lastSeenAt} none="never" />
            </Fact>
            <Fact name="Registered">
              <Time at={target.registeredAt} />
            </Fact>
            {target.facts.map(({ name, value }) => (
              <Fact name={name}>{value}</Fact>
            ))}
          </Facts>
        </Card>
        <Card title="Deployments in its environments" flush>
          {deployments.length === 0 ? (
            <p class="card-note">Nothing was deployed to its environments yet.</p>
          ) : (
            <Table
              caption={`Deployments in the environments of ${target.name}`}
              stack
              columns={[
                { title: 'Release' },
                { title: 'Environment' },
                { title: 'State' },
                { title: 'When' },
              ]}
            >
              {deployments.map(item => (
                <tr>
                  <th scope="row">
                    <a href={links.deployment(item.deploymentId)}>
                      {item.project} {item.version}
                    </a>
                  </th>
                  <Cell title="Environment">{item.environment}</Cell>
                  <Cell title="State">
                    <StatusChip status={item.status} />
                  </Cell>
                  <Cell title="When">
                    <Time at={item.at} />
                  </Cell>
                </tr>
              ))}
            </Table>
          )}
        </Card>
      </div>
      {may.edit ? (
        <Card title="Settings">
          <ErrorSummary form={form} />
          <Form action={links.target(target.id)}>
            <TextField form={form} name="name" label="Name" required />
            <ChoiceList
              form={form}
              name="environments"
              label="Environments"
              options={environments}
            />
            <TextField form={form} name="tags" label="Target tags" hint="Separated by commas." />
            <FormActions>
              <SubmitButton>Save target</SubmitButton>
            </FormActions>
          </Form>
        </Card>
      ) : (
        <Card title="Settings">
          <Facts>
            <Fact name="Environments">
              {environments
                .filter(({ value }) => listOf(form, 'environments').includes(value))
                .map(({ label }) => label)
                .join(', ')}
            </Fact>
            <Fact name="Target tags">{textOf(form, 'tags')}</Fact>
          </Facts>
        </Card>
      )}
    </div>
  </Page>
)
