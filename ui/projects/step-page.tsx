import { Card } from '../components/card.tsx'
import type { Option } from '../components/fields.tsx'
import { TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, type FormState, textOf } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'
import { ManualFields, PackageFields, ScriptFields } from './step-content-fields.tsx'
import { WhenFields, WhereFields } from './step-fields.tsx'
import { type StepKind, stepKinds } from './step-kind.ts'
import { EffortFields, ScopeFields } from './step-scope-fields.tsx'

export type ChooseStepPageProps = {
  frame: Frame
  project: ProjectHead
  /** The step that gets a child; absent: the process gets a step. */
  parent?: { id: string; name: string } | undefined
}

export const ChooseStepPage = ({ frame, project, parent }: ChooseStepPageProps) => (
  <ProjectFrame
    frame={frame}
    project={project}
    tab="process"
    title={parent ? 'Add child step' : 'Add step'}
    actions={<span />}
  >
    <h2 class="section-title">
      {parent
        ? `What shall happen next on each target of ${parent.name}?`
        : 'What shall the step do?'}
    </h2>
    <div class="cards">
      {(['script', 'package', 'manual'] as const).map(kind => (
        <a class="card choice-card" href={links.stepNew(project.id, kind, parent?.id)}>
          <span class="empty-icon">
            <Icon name={stepKinds[kind].icon} />
          </span>
          <strong>{stepKinds[kind].title}</strong>
          <span class="hint">{stepKinds[kind].text}</span>
        </a>
      ))}
    </div>
  </ProjectFrame>
)

export type StepPageProps = {
  frame: Frame
  project: ProjectHead
  kind: StepKind
  /** Absent for a new step. */
  stepId?: string | undefined
  /** It is one of several of this step; its own id is absent while it is new. */
  parent?: { id: string; name: string; childId?: string | undefined } | undefined
  form: FormState
  environments: Option[]
  channels: Option[]
  pools: Option[]
  teams: Option[]
  /** Tags that targets carry now: suggestions. */
  knownTags: string[]
  /** Packages in the repository: suggestions. */
  knownPackages: string[]
  isFirst: boolean
}

/** One step, or one of several of a step; the fields are named where they are drawn. */
export const StepPage = (props: StepPageProps) => {
  const { frame, project, kind, stepId, parent, form } = props
  const isNew = parent ? parent.childId === undefined : stepId === undefined
  const name = textOf(form, 'name') || stepKinds[kind].title
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="process"
      title={isNew ? (parent ? 'Add child step' : 'Add step') : name}
      actions={<span />}
    >
      <div class="column">
        <h2 class="section-title">
          <Icon name={stepKinds[kind].icon} />
          {isNew ? `New step: ${stepKinds[kind].title.toLowerCase()}` : name}
        </h2>
        {parent && (
          <p class="hint intro-block">
            One of the steps of{' '}
            <a class="link" href={links.step(project.id, parent.id)}>
              {parent.name}
            </a>
            , which says on which targets and when.
          </p>
        )}
        <ErrorSummary form={form} />
        <Card>
          <Form action={actionOf(props)}>
            <input type="hidden" name="kind" value={kind} />
            <input type="hidden" name="version" value={textOf(form, 'version')} />
            <TextField form={form} name="name" label="Name" required />
            <StepFields {...props} />
            <SaveOrCancel
              verb={isNew ? 'Add step' : 'Save step'}
              back={links.process(project.id)}
              may={rightsIn(project).editProcess}
            />
          </Form>
        </Card>
      </div>
    </ProjectFrame>
  )
}

const actionOf = ({ project, stepId, parent }: StepPageProps): string => {
  if (parent)
    return parent.childId
      ? links.child(project.id, parent.id, parent.childId)
      : links.children(project.id, parent.id)
  return stepId ? links.step(project.id, stepId) : links.steps(project.id)
}

const StepFields = (props: StepPageProps) => {
  const { form, kind, parent } = props
  const place = { ...props, isChild: parent !== undefined }
  const isTimed = kind === 'script' || kind === 'package'
  return (
    <>
      {kind === 'script' && <ScriptFields form={form} />}
      {kind === 'package' && <PackageFields form={form} knownPackages={props.knownPackages} />}
      {kind === 'manual' && <ManualFields form={form} teams={props.teams} />}
      {(!place.isChild || kind === 'script') && <WhereFields {...place} />}
      <WhenFields {...place} />
      {isTimed && <EffortFields form={form} kind={kind} />}
      {kind !== 'group' && <ScopeFields {...props} />}
    </>
  )
}
