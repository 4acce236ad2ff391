import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Empty } from '../components/empty.tsx'
import { ErrorSummary, Form, FormActions, type FormState, textOf } from '../components/form.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'
import { DeployOptions, type DeployOptionsProps } from './deploy-options.tsx'
import { DeployPlan, redrawsPlan, type ShownPlan } from './deploy-plan.tsx'

export type DeployEnvironment = {
  id: string
  name: string
  mayDeploy: boolean
  reason?: string | undefined
  /** What runs there now. */
  currentVersion?: string | undefined
}

export type DeployPageProps = {
  frame: Frame
  project: ProjectHead
  release: { id: string; version: string }
  form: FormState
  environments: DeployEnvironment[]
  /** For the environment that the form names; absent until one is chosen. */
  chosen?: (Omit<DeployOptionsProps, 'form' | 'redraws'> & { plan: ShownPlan }) | undefined
}

/** Fields: `environmentId`, `key` (the same once sent twice makes one deployment), those of the plan
 *  and the options, and `deed`: `plan` shows the plan again, anything else deploys. Choosing an
 *  environment is a link, so that its plan can be shared. */
export const DeployPage = (props: DeployPageProps) => {
  const { frame, project, release, form, environments, chosen } = props
  const environment = environments.find(({ id }) => id === textOf(form, 'environmentId'))
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
        {environments.length === 0 ? (
          <NoDestination />
        ) : (
          <Destinations release={release} environments={environments} chosen={environment?.id} />
        )}
        {environment && chosen && (
          <Form action={links.deploy(release.id)}>
            <input type="hidden" name="environmentId" value={environment.id} />
            <input type="hidden" name="key" value={textOf(form, 'key')} />
            <div {...redrawsPlan(release.id)}>
              <DeployPlan plan={chosen.plan} environment={environment.name} form={form} />
            </div>
            <DeployOptions {...chosen} form={form} redraws={redrawsPlan(release.id)} />
            <FormActions>
              <SubmitButton>
                Deploy {release.version} to {environment.name}
              </SubmitButton>
              <SubmitButton look="plain" name="deed" value="plan">
                Update the plan
              </SubmitButton>
              <ButtonLink href={links.release(release.id)} look="quiet">
                Cancel
              </ButtonLink>
            </FormActions>
          </Form>
        )}
      </div>
    </ProjectFrame>
  )
}

const NoDestination = () => (
  <Empty
    icon="infrastructure"
    title="No environment to deploy to"
    action={
      <ButtonLink href={links.environments} look="primary">
        To the environments
      </ButtonLink>
    }
  >
    There is none yet, or the lifecycle of the release names none of them.
  </Empty>
)

const Destinations = (props: {
  release: { id: string }
  environments: DeployEnvironment[]
  chosen: string | undefined
}) => (
  <Card title="Where to">
    <ul class="destinations">
      {props.environments.map(environment => (
        <li>
          {environment.mayDeploy ? (
            <a
              class="destination"
              href={links.deploy(props.release.id, environment.id)}
              {...(environment.id === props.chosen ? { 'aria-current': 'true' } : {})}
            >
              <strong>{environment.name}</strong>
              <span class="faint small">
                {environment.currentVersion ? `${environment.currentVersion} now` : 'nothing yet'}
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
)
