import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CheckBox, type Option, SelectField, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, FieldGroup, Form, FormActions, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from './project-frame.tsx'

type Choices = { groups: Option[]; lifecycles: Option[] }

export type NewProjectPageProps = Choices & { frame: Frame; form: FormState }

/** Fields: `name`, `description`, `groupId`, `lifecycleId`. */
export const NewProjectPage = ({ frame, form, groups, lifecycles }: NewProjectPageProps) => (
  <Page frame={frame} title="New project" section="projects">
    <div class="column">
      <Heading title="New project" crumbs={[{ href: links.projects, title: 'Projects' }]} />
      <ErrorSummary form={form} />
      <Card>
        <Form action={links.projects}>
          <Fields form={form} groups={groups} lifecycles={lifecycles} />
          <SaveOrCancel verb="Create project" back={links.projects} />
        </Form>
      </Card>
    </div>
  </Page>
)

export type ProjectSettingsPageProps = Choices & {
  frame: Frame
  project: ProjectHead
  form: FormState
  /** The packages of the process whose version can be a release's. */
  donors: Option[]
}

/** Fields: those of a new project, and `isDisabled`, `donor`, `versionTemplate`, `allowIgnoreChannelRules`,
 *  those of {@link DeploymentFields}. */
export const ProjectSettingsPage = (props: ProjectSettingsPageProps) => {
  const { form, project } = props
  return (
    <ProjectFrame frame={props.frame} project={project} tab="settings">
      <div class="column stack">
        <ErrorSummary form={form} />
        <Card title="Settings">
          <Form action={links.projectSettings(project.id)} live>
            <Fields {...props} />
            <VersionFields form={form} donors={props.donors} />
            <DeploymentFields form={form} />
            <CheckBox
              form={form}
              name="isDisabled"
              label="Disabled"
              hint="Keeps everything and refuses new releases and deployments."
            />
            {rightsIn(project).edit && (
              <FormActions>
                <SubmitButton>Save settings</SubmitButton>
              </FormActions>
            )}
          </Form>
        </Card>
        {rightsIn(project).delete && (
          <Card title="Delete this project">
            <p class="hint">
              Its process, variables, releases and the record of its deployments go with it.
            </p>
            <FormActions>
              <ButtonLink href={links.projectDelete(project.id)} look="danger">
                Delete project…
              </ButtonLink>
            </FormActions>
          </Card>
        )}
      </div>
    </ProjectFrame>
  )
}

const VersionFields = ({ form, donors }: { form: FormState; donors: Option[] }) => (
  <FieldGroup title="Version of a new release">
    <SelectField
      form={form}
      name="donor"
      label="Taken from"
      none="The template"
      options={donors}
      {...(donors.length === 0 ? { hint: 'No enabled step of the process has a package.' } : {})}
    />
    <TextField
      form={form}
      name="versionTemplate"
      label="Template"
      mono
      hint="Such as #{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}, or 1.2.i, where i counts up. Not asked when a package gives the version."
      optional
    />
    <CheckBox
      form={form}
      name="allowIgnoreChannelRules"
      label="Whoever creates a release may ignore the rules of its channel"
      hint="The record says which rules a release broke."
    />
  </FieldGroup>
)

/** Fields: `guidedFailure` (`EnvironmentDefault`, `On`, `Off`), `skipUnavailable`, `skipTags` (comma
 *  separated), `excludeUnhealthy`, `allowNoTargets`. */
const DeploymentFields = ({ form }: { form: FormState }) => (
  <>
    <SelectField
      form={form}
      name="guidedFailure"
      label="If a step fails"
      hint="Each deployment can say otherwise."
      options={[
        { value: 'EnvironmentDefault', label: 'As the environment says' },
        { value: 'On', label: 'Ask a person' },
        { value: 'Off', label: 'Fail' },
      ]}
    />
    <FieldGroup title="Targets that are not well">
      <CheckBox
        form={form}
        name="skipUnavailable"
        label="Leave out targets that are offline when a deployment starts"
        hint="Otherwise it waits a little for them, and fails there."
      />
      <TextField
        form={form}
        name="skipTags"
        label="Only those with these tags"
        hint="Separated by commas. Empty: any target may be left out."
        optional
      />
      <CheckBox form={form} name="excludeUnhealthy" label="Leave out targets that are unhealthy" />
      <CheckBox
        form={form}
        name="allowNoTargets"
        label="Deploy also where no target is left"
        hint="Steps on workers and questions still run. Otherwise such a deployment is refused."
      />
    </FieldGroup>
  </>
)

const Fields = ({ form, groups, lifecycles }: Choices & { form: FormState }) => (
  <>
    <TextField form={form} name="name" label="Name" required />
    <TextArea form={form} name="description" label="Description" rows={2} optional />
    <div class="fields-2">
      <SelectField form={form} name="groupId" label="Project group" options={groups} required />
      <SelectField
        form={form}
        name="lifecycleId"
        label="Lifecycle"
        hint="The environments a release goes through, in order."
        options={lifecycles}
        required
      />
    </div>
  </>
)
