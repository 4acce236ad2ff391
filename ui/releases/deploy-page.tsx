import { Banner } from '../components/banner.tsx'
import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { ErrorSummary, Form, FormActions, type FormState, textOf } from '../components/form.tsx'
import { type Health, HealthChip } from '../components/status.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

export type DeployEnvironment = {
  id: string
  name: string
  mayDeploy: boolean
  reason?: string | undefined
  /** What runs there now. */
  currentVersion?: string | undefined
}

/** One step of the plan for the chosen environment. */
export type PlannedStep = {
  name: string
  runs: boolean
  /** Why it would be skipped, or what it lacks. */
  reason?: string | undefined
  targets: { id: string; name: string; health: Health }[]
  onServer: boolean
  package?: string | undefined
}

export type DeployPageProps = {
  frame: Frame
  project: ProjectHead
  release: { id: string; version: string }
  form: FormState
  environments: DeployEnvironment[]
  /** For the environment that the form names; absent until one is chosen. */
  plan?: { steps: PlannedStep[]; warnings: string[] } | undefined
}

/** Field: `environmentId`. Choosing one is a link, so that the plan can be shared; deploying is a post. */
export const DeployPage = (props: DeployPageProps) => {
  const { frame, project, release, form, environments, plan } = props
  const chosen = environments.find(({ id }) => id === textOf(form, 'environmentId'))
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="releases"
      title={`Deploy ${release.version}`}
      actions={<span />}
    >
      <div class="column stack">
        <h2 class="section-title">
          Deploy{' '}
          <a class="link" href={links.release(release.id)}>
            {release.version}
          </a>
        </h2>
        <ErrorSummary form={form} title="Not deployed." />
        <Card title="Where to">
          <ul class="destinations">
            {environments.map(environment => (
              <li>
                {environment.mayDeploy ? (
                  <a
                    class="destination"
                    href={links.deploy(release.id, environment.id)}
                    {...(environment.id === chosen?.id ? { 'aria-current': 'true' } : {})}
                  >
                    <strong>{environment.name}</strong>
                    <span class="faint small">
                      {environment.currentVersion
                        ? `${environment.currentVersion} now`
                        : 'nothing yet'}
                    </span>
                  </a>
                ) : (
                  <span class="destination" aria-disabled="true">
                    <strong>{environment.name}</strong>
                    <span class="reason">{environment.reason}</span>
                  </span>
                )}
              </li>
            ))}
          </ul>
        </Card>
        {chosen && plan && (
          <>
            <Plan plan={plan} environment={chosen.name} />
            <Form action={links.deploy(release.id)}>
              <input type="hidden" name="environmentId" value={chosen.id} />
              <FormActions>
                <SubmitButton>
                  Deploy {release.version} to {chosen.name}
                </SubmitButton>
                <ButtonLink href={links.release(release.id)} look="quiet">
                  Cancel
                </ButtonLink>
              </FormActions>
            </Form>
          </>
        )}
      </div>
    </ProjectFrame>
  )
}

const Plan = (props: { plan: NonNullable<DeployPageProps['plan']>; environment: string }) => (
  <Card title={`What will happen in ${props.environment}`}>
    {props.plan.warnings.map(warning => (
      <Banner kind="warning">{warning}</Banner>
    ))}
    <ol class="plan">
      {props.plan.steps.map((step, index) => (
        <li class={step.runs ? '' : 'plan-skipped'}>
          <span class="step-number">{index + 1}</span>
          <div>
            <strong>{step.name}</strong>
            {step.package && <span class="sub">{step.package}</span>}
            {step.reason && <span class="reason plan-reason">{step.reason}</span>}
            {step.runs && step.onServer && (
              <span class="reason plan-reason">Once, on a worker</span>
            )}
            {step.runs && step.targets.length > 0 && (
              <ul class="plan-targets">
                {step.targets.map(target => (
                  <li>
                    <a class="link" href={links.target(target.id)}>
                      {target.name}
                    </a>
                    <HealthChip health={target.health} />
                  </li>
                ))}
              </ul>
            )}
          </div>
        </li>
      ))}
    </ol>
  </Card>
)
