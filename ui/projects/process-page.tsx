import { ButtonLink, IconButton, IconLink } from '../components/button.tsx'
import { TagList } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { Form } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'
import { type StepKind, stepKinds } from './step-kind.ts'

/** One of several of a step, or what a step of one is. */
export type ActionRow = {
  id: string
  name: string
  kind: StepKind
  /** The package, or the first line of the script. */
  summary: string
  disabled: boolean
  /** "only in Production", "3 retries", "required": what is unusual about it. */
  notes: string[]
}

export type StepRow = {
  id: string
  name: string
  kind: StepKind
  targetTags: string[]
  /** Where it runs, in words, when it has no tags. */
  place: string
  /** Words: "Only if the previous step succeeded". */
  condition: string
  /** Starts together with the step above. */
  withPrevious: boolean
  disabled: boolean
  summary: string
  notes: string[]
  /** The steps of a step of several, in their order. */
  children: ActionRow[]
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

type Item = {
  project: ProjectHead
  step: StepRow
  number: number
  isFirst: boolean
  isLast: boolean
}

const StepItem = (props: Item) => {
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
        <Summary {...step} />
        <span class="step-notes">
          {step.targetTags.length > 0 && <TagList tags={step.targetTags} />}
          {step.place && <span class="reason">{step.place}</span>}
          {step.withPrevious && <span class="reason">together with the step above</span>}
          <span class="reason">{step.condition}</span>
          <Notes notes={step.notes} disabled={step.disabled} />
        </span>
        {step.children.length > 0 && <Children {...props} />}
      </div>
      {rightsIn(project).editProcess && <StepDeeds {...props} />}
    </li>
  )
}

const Summary = ({ kind, summary }: Pick<StepRow, 'kind' | 'summary'>) => (
  <span class="sub">
    {stepKinds[kind].title}
    {summary && (
      <>
        {' · '}
        <span class={kind === 'script' || kind === 'package' ? 'mono' : ''}>{summary}</span>
      </>
    )}
  </span>
)

const Notes = ({ notes, disabled }: Pick<StepRow, 'notes' | 'disabled'>) => (
  <>
    {notes.map(note => (
      <span class="reason">{note}</span>
    ))}
    {disabled && <span class="reason">disabled</span>}
  </>
)

const StepDeeds = ({ project, step, isFirst, isLast }: Item) => (
  <div class="icon-row">
    <MoveButtons
      action={links.stepMove(project.id, step.id)}
      name={step.name}
      isFirst={isFirst}
      isLast={isLast}
    />
    {step.kind !== 'other' && step.targetTags.length > 0 && (
      <IconLink
        icon="plus"
        href={links.stepNew(project.id, undefined, step.id)}
        label={`Add a child step to ${step.name}`}
      />
    )}
    <IconLink icon="edit" href={links.step(project.id, step.id)} label={`Edit ${step.name}`} />
    <IconLink
      icon="trash"
      href={links.stepDelete(project.id, step.id)}
      label={`Delete ${step.name}`}
    />
  </div>
)

const MoveButtons = (props: {
  action: string
  name: string
  isFirst: boolean
  isLast: boolean
}) => (
  <Form action={props.action} inline live>
    <IconButton
      icon="up"
      name="direction"
      value="up"
      label={`Move ${props.name} up`}
      disabled={props.isFirst}
    />
    <IconButton
      icon="down"
      name="direction"
      value="down"
      label={`Move ${props.name} down`}
      disabled={props.isLast}
    />
  </Form>
)

const Children = ({ project, step, number }: Item) => (
  <ol class="step-children">
    {step.children.map((child, index) => (
      <li class={child.disabled ? 'step-disabled' : ''}>
        <span class="step-number">
          {number}.{index + 1}
        </span>
        <div class="step-text">
          <a class="step-name" href={links.child(project.id, step.id, child.id)}>
            {child.name}
          </a>
          <Summary {...child} />
          {(child.notes.length > 0 || child.disabled) && (
            <span class="step-notes">
              <Notes {...child} />
            </span>
          )}
        </div>
        {rightsIn(project).editProcess && (
          <div class="icon-row">
            <MoveButtons
              action={links.childMove(project.id, step.id, child.id)}
              name={child.name}
              isFirst={index === 0}
              isLast={index === step.children.length - 1}
            />
            <IconLink
              icon="edit"
              href={links.child(project.id, step.id, child.id)}
              label={`Edit the child step ${child.name}`}
            />
            <IconLink
              icon="trash"
              href={links.childDelete(project.id, step.id, child.id)}
              label={`Delete the child step ${child.name}`}
            />
          </div>
        )}
      </li>
    ))}
  </ol>
)
