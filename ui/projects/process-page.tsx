import { ButtonLink, IconButton, IconLink } from '../components/button.tsx'
import { TagList } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { Form } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'
import { type StepKind, stepKinds } from './step-kind.ts'

export type StepRow = {
  id: string
  name: string
  kind: StepKind
  targetTags: string[]
  /** Words: "Only if the previous step succeeded". */
  condition: string
  /** Starts together with the step above. */
  withPrevious: boolean
  environments: string[]
  disabled: boolean
  /** The package, or the first line of the script. */
  summary: string
}

export type ProcessPageProps = {
  frame: Frame
  project: ProjectHead
  steps: StepRow[]
}

export const ProcessPage = ({ frame, project, steps }: ProcessPageProps) => (
  <ProjectFrame
    frame={frame}
    project={project}
    tab="process"
    actions={
      <>
        {rightsIn(project).editProcess && (
          <ButtonLink href={links.stepNew(project.id)} icon="plus">
            Add step
          </ButtonLink>
        )}
        {rightsIn(project).release && (
          <ButtonLink href={links.releaseNew(project.id)} look="primary" icon="plus">
            Create release
          </ButtonLink>
        )}
      </>
    }
  >
    {steps.length === 0 ? (
      <Empty
        icon="script"
        title="No steps yet"
        action={
          rightsIn(project).editProcess && (
            <ButtonLink href={links.stepNew(project.id)} look="primary" icon="plus">
              Add step
            </ButtonLink>
          )
        }
      >
        Steps run from top to bottom. Each runs on the targets that carry its tags.
      </Empty>
    ) : (
      <ol class="steps" id="steps">
        {steps.map((step, index) => (
          <StepItem
            project={project}
            step={step}
            number={index + 1}
            isFirst={index === 0}
            isLast={index === steps.length - 1}
          />
        ))}
      </ol>
    )}
  </ProjectFrame>
)

const StepItem = (props: {
  project: ProjectHead
  step: StepRow
  number: number
  isFirst: boolean
  isLast: boolean
}) => {
  const { project, step } = props
  return (
    <li
      id={`step-${step.id}`}
      class={`step${step.withPrevious ? ' step-parallel' : ''}${step.disabled ? ' step-disabled' : ''}`}
    >
      <span class="step-number">{props.number}</span>
      <span class="step-icon" title={stepKinds[step.kind].title}>
        <Icon name={stepKinds[step.kind].icon} />
      </span>
      <div class="step-text">
        <a class="step-name" href={links.step(project.id, step.id)}>
          {step.name}
        </a>
        <span class="sub">
          {stepKinds[step.kind].title}
          {step.summary && (
            <>
              {' · '}
              <span class="mono">{step.summary}</span>
            </>
          )}
        </span>
        <span class="step-notes">
          <TagList tags={step.targetTags} none="On the server, once" />
          {step.environments.length > 0 && (
            <span class="reason">only in {step.environments.join(', ')}</span>
          )}
          {step.withPrevious && <span class="reason">together with the step above</span>}
          <span class="reason">{step.condition}</span>
          {step.disabled && <span class="reason">disabled</span>}
        </span>
      </div>
      {rightsIn(project).editProcess && (
        <div class="icon-row">
          <Form action={links.stepMove(project.id, step.id)} inline live>
            <IconButton
              icon="up"
              name="direction"
              value="up"
              label={`Move ${step.name} up`}
              disabled={props.isFirst}
            />
            <IconButton
              icon="down"
              name="direction"
              value="down"
              label={`Move ${step.name} down`}
              disabled={props.isLast}
            />
          </Form>
          <IconLink
            icon="edit"
            href={links.step(project.id, step.id)}
            label={`Edit ${step.name}`}
          />
          <IconLink
            icon="trash"
            href={links.stepDelete(project.id, step.id)}
            label={`Delete ${step.name}`}
          />
        </div>
      )}
    </li>
  )
}
