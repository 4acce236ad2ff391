import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import {
  CheckBox,
  ChoiceList,
  type Option,
  RadioList,
  SelectField,
  TextArea,
  TextField,
} from '../components/fields.tsx'
import {
  ErrorSummary,
  FieldGroup,
  Form,
  FormActions,
  type FormState,
  textOf,
} from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'
import { type StepKind, stepKinds } from './step-kind.ts'

export type ChooseStepPageProps = { frame: Frame; project: ProjectHead }

export const ChooseStepPage = ({ frame, project }: ChooseStepPageProps) => (
  <ProjectFrame frame={frame} project={project} tab="process" title="Add step" actions={<span />}>
    <h2 class="section-title">What shall the step do?</h2>
    <div class="cards">
      {(['script', 'package'] as const).map(kind => (
        <a class="card choice-card" href={links.stepNew(project.id, kind)}>
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
  form: FormState
  environments: Option[]
  /** Tags that targets carry now: suggestions. */
  knownTags: string[]
  /** Packages in the repository: suggestions. */
  knownPackages: string[]
  isFirst: boolean
}

/** Fields of both kinds: `name`, `targetTags` (comma separated), `condition` (`Success`, `Failure`, `Always`,
 *  `Variable`), `conditionExpression`, `startTrigger` (`StartAfterPrevious`, `StartWithPrevious`),
 *  `environments[]`, `isDisabled`. Script: `syntax`, `scriptBody`, `runOn` (`targets`, `server`). Package: `packageId`,
 *  `substituteInFiles`, `installDirectory`, `purge`, `scriptSyntax`, `preDeploy`, `deploy`, `postDeploy`. */
export const StepPage = (props: StepPageProps) => {
  const { frame, project, kind, stepId, form } = props
  const name = textOf(form, 'name') || stepKinds[kind].title
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="process"
      title={stepId ? name : 'Add step'}
      actions={<span />}
    >
      <div class="column">
        <h2 class="section-title">
          <Icon name={stepKinds[kind].icon} />
          {stepId ? name : `New step: ${stepKinds[kind].title.toLowerCase()}`}
        </h2>
        <ErrorSummary form={form} />
        <Card>
          <Form action={stepId ? links.step(project.id, stepId) : links.steps(project.id)}>
            <input type="hidden" name="kind" value={kind} />
            <input type="hidden" name="version" value={textOf(form, 'version')} />
            <TextField form={form} name="name" label="Name" required />
            <TargetTags {...props} />
            {kind === 'script' && <ScriptFields form={form} />}
            {kind === 'package' && <PackageFields {...props} />}
            <WhenFields {...props} />
            <FormActions>
              {rightsIn(project).editProcess && (
                <SubmitButton>{stepId ? 'Save step' : 'Add step'}</SubmitButton>
              )}
              <ButtonLink href={links.process(project.id)} look="quiet">
                Cancel
              </ButtonLink>
            </FormActions>
          </Form>
        </Card>
      </div>
    </ProjectFrame>
  )
}

const TargetTags = ({ form, kind, knownTags }: StepPageProps) => (
  <>
    {kind === 'script' && (
      <RadioList
        form={form}
        name="runOn"
        label="Runs"
        options={[
          { value: 'targets', label: 'On each target', hint: 'That carries one of the tags below' },
          { value: 'server', label: 'Once, on a worker', hint: 'For work that needs no target' },
        ]}
      />
    )}
    <TextField
      form={form}
      name="targetTags"
      label="Target tags"
      hint={
        knownTags.length > 0
          ? `Separated by commas. In use: ${knownTags.slice(0, 12).join(', ')}.`
          : 'Separated by commas; the step runs on every target that carries one of them.'
      }
      list={knownTags.slice(0, 50)}
      required={kind === 'package'}
    />
  </>
)

const syntaxes: Option[] = [
  { value: 'Bash', label: 'Bash' },
  { value: 'PowerShell', label: 'PowerShell' },
  { value: 'Python', label: 'Python' },
]

const ScriptFields = ({ form }: { form: FormState }) => (
  <FieldGroup
    title="Script"
    hint={
      <>
        Variables are read with <code>get_octopusvariable "Name"</code>, or written as{' '}
        <code>{'#{Name}'}</code> and replaced before it runs.
      </>
    }
  >
    <SelectField form={form} name="syntax" label="Language" options={syntaxes} />
    <TextArea form={form} name="scriptBody" label="Script" mono rows={14} required />
  </FieldGroup>
)

const PackageFields = ({ form, knownPackages }: StepPageProps) => (
  <>
    <FieldGroup title="Package">
      <TextField
        form={form}
        name="packageId"
        label="Package ID"
        placeholder="Shop.Web"
        list={knownPackages.slice(0, 100)}
        hint="The version is chosen with each release."
        required
      />
      <TextArea
        form={form}
        name="substituteInFiles"
        label="Substitute variables in files"
        hint="One path or pattern a line: settings.json, config/**/*.xml"
        rows={2}
        mono
        optional
      />
      <TextField
        form={form}
        name="installDirectory"
        label="Custom install directory"
        placeholder="/srv/shop"
        hint="Otherwise the package stays in a new folder of the runner's for each version."
        mono
        optional
      />
      <CheckBox form={form} name="purge" label="Empty the install directory first" />
    </FieldGroup>
    <FieldGroup
      title="Scripts"
      hint="Run in the package's folder, in this order. Scripts of the same names inside the package run too."
    >
      <SelectField form={form} name="scriptSyntax" label="Language" options={syntaxes} />
      <TextArea form={form} name="preDeploy" label="Pre-deploy" mono rows={4} optional />
      <TextArea form={form} name="deploy" label="Deploy" mono rows={4} optional />
      <TextArea form={form} name="postDeploy" label="Post-deploy" mono rows={4} optional />
    </FieldGroup>
  </>
)

const WhenFields = ({ form, environments, isFirst }: StepPageProps) => (
  <FieldGroup title="When it runs">
    <div class="fields-2">
      <SelectField
        form={form}
        name="condition"
        label="Run condition"
        options={[
          { value: 'Success', label: 'Only if everything before succeeded' },
          { value: 'Failure', label: 'Only if something before failed' },
          { value: 'Always', label: 'Always' },
          { value: 'Variable', label: 'Only if an expression is true' },
        ]}
      />
      <TextField
        form={form}
        name="conditionExpression"
        label="Expression"
        placeholder="#{if IsEnabled}true#{/if}"
        hint="For the last of the conditions."
        mono
        optional
      />
    </div>
    {!isFirst && (
      <SelectField
        form={form}
        name="startTrigger"
        label="Starts"
        options={[
          { value: 'StartAfterPrevious', label: 'After the step above' },
          { value: 'StartWithPrevious', label: 'Together with the step above' },
        ]}
      />
    )}
    <ChoiceList
      form={form}
      name="environments"
      label="Only in these environments"
      hint="None chosen: in all of them."
      options={environments}
      none="There are no environments yet."
      optional
    />
    <CheckBox form={form} name="isDisabled" label="Disabled: skip this step" />
  </FieldGroup>
)
