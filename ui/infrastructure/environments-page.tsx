import { IconButton, IconLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Empty } from '../components/empty.tsx'
import { CheckBox, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { count } from '../components/format.ts'
import { Heading } from '../components/heading.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import { type Health, HealthChip } from '../components/status.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { InfrastructureFrame } from './infrastructure-frame.tsx'

export type EnvironmentCard = {
  id: string
  name: string
  description: string
  /** How many targets are in each state; those with none left out. */
  health: { health: Health; targets: number }[]
  targetCount: number
  /** Failures there ask a person. */
  asks?: boolean | undefined
}

export type EnvironmentsPageProps = {
  frame: Frame
  environments: EnvironmentCard[]
  form: FormState
  /** What the reader may do here; everything unless said otherwise. */
  may?: { create: boolean; edit: boolean; delete: boolean }
}

const EVERYTHING = { create: true, edit: true, delete: true }

/** Fields of the form: `name`, `description`, `useGuidedFailure`. */
export const EnvironmentsPage = ({
  frame,
  environments,
  form,
  may = EVERYTHING,
}: EnvironmentsPageProps) => (
  <InfrastructureFrame frame={frame} tab="environments">
    <div class="split">
      {environments.length === 0 ? (
        <Empty
          icon="infrastructure"
          title="No environments yet"
          command="octopus environment create --name Development"
        >
          An environment is a group of targets that a release is deployed to together: Development,
          Test, Production.
        </Empty>
      ) : (
        <ol class="steps">
          {environments.map((environment, index) => (
            <li class="environment" id={`environment-${environment.id}`}>
              <div class="step-text">
                {may.edit ? (
                  <a class="step-name" href={links.environment(environment.id)}>
                    {environment.name}
                  </a>
                ) : (
                  <span class="step-name">{environment.name}</span>
                )}
                {environment.description && <span class="sub">{environment.description}</span>}
                <span class="step-notes">
                  <a class="link small" href={links.targetsIn(environment.id)}>
                    {count(environment.targetCount, 'target')}
                  </a>
                  {environment.asks && <span class="reason">asks a person on failures</span>}
                  {environment.health.map(({ health, targets }) => (
                    <span class="icon-row">
                      <HealthChip health={health} />
                      <span class="small faint">{targets}</span>
                    </span>
                  ))}
                </span>
              </div>
              <div class="icon-row">
                {may.edit && (
                  <Form action={links.environmentMove(environment.id)} inline live>
                    <IconButton
                      icon="up"
                      name="direction"
                      value="up"
                      label={`Move ${environment.name} up`}
                      disabled={index === 0}
                    />
                    <IconButton
                      icon="down"
                      name="direction"
                      value="down"
                      label={`Move ${environment.name} down`}
                      disabled={index === environments.length - 1}
                    />
                  </Form>
                )}
                {may.edit && (
                  <IconLink
                    icon="edit"
                    href={links.environment(environment.id)}
                    label={`Edit ${environment.name}`}
                  />
                )}
                {may.delete && (
                  <IconLink
                    icon="trash"
                    href={links.environmentDelete(environment.id)}
                    label={`Delete ${environment.name}`}
                  />
                )}
              </div>
            </li>
          ))}
        </ol>
      )}
      {may.create && (
        <Card title="New environment">
          <ErrorSummary form={form} />
          <Form action={links.environments}>
            <EnvironmentFields form={form} />
            <FormActions>
              <SubmitButton>Add environment</SubmitButton>
            </FormActions>
          </Form>
        </Card>
      )}
    </div>
  </InfrastructureFrame>
)

const EnvironmentFields = ({ form }: { form: FormState }) => (
  <>
    <TextField form={form} name="name" label="Name" required />
    <TextArea form={form} name="description" label="Description" rows={2} optional />
    <CheckBox
      form={form}
      name="useGuidedFailure"
      label="Ask a person when a step fails"
      hint="For projects and deployments that do not say otherwise."
    />
  </>
)

export type EnvironmentPageProps = {
  frame: Frame
  environment: { id: string; name: string }
  form: FormState
}

export const EnvironmentPage = ({ frame, environment, form }: EnvironmentPageProps) => (
  <Page frame={frame} title={environment.name} section="infrastructure">
    <div class="column">
      <Heading
        title={environment.name}
        crumbs={[
          { href: links.infrastructure, title: 'Infrastructure' },
          { href: links.environments, title: 'Environments' },
        ]}
      />
      <ErrorSummary form={form} />
      <Card>
        <Form action={links.environment(environment.id)}>
          <EnvironmentFields form={form} />
          <SaveOrCancel verb="Save environment" back={links.environments} />
        </Form>
      </Card>
    </div>
  </Page>
)
