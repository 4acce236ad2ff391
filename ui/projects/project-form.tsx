import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CheckBox, type Option, SelectField, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
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
          <FormActions>
            <SubmitButton>Create project</SubmitButton>
            <ButtonLink href={links.projects} look="quiet">
              Cancel
            </ButtonLink>
          </FormActions>
        </Form>
      </Card>
    </div>
  </Page>
)

export type ProjectSettingsPageProps = Choices & {
  frame: Frame
  project: ProjectHead
  form: FormState
}

/** Fields: those of a new project, and `isDisabled`, `versionTemplate`. */
export const ProjectSettingsPage = (props: ProjectSettingsPageProps) => {
  const { form, project } = props
  return (
    <ProjectFrame frame={props.frame} project={project} tab="settings">
      <div class="column stack">
        <ErrorSummary form={form} />
        <Card title="Settings">
          <Form action={links.projectSettings(project.id)} live>
            <Fields {...props} />
            <TextField
              form={form}
              name="versionTemplate"
              label="Version of a new release"
              mono
              hint="A template, such as #{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}"
              optional
            />
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
