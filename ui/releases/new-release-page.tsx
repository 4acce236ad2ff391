import { Card } from '../components/card.tsx'
import { CheckBox, type Option, SelectField, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, FieldGroup, Form, type FormState, textOf } from '../components/form.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import { Tabs } from '../components/tabs.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

export type PackageChoice = {
  /** The form field's name: `package:` and the step's id, so that names with any letters are no trouble. */
  field: string
  step: string
  packageId: string
  /** Of a feed that is not ours: its version is typed. */
  typed?: boolean
  /** Newest first, at most fifty. */
  versions: { version: string; publishedAt: number }[]
}

export type NewReleasePageProps = {
  frame: Frame
  project: ProjectHead
  form: FormState
  channels: Option[]
  packages: PackageChoice[]
  /** The channel has rules, and the project lets people release past them. */
  mayIgnoreRules?: boolean
  stepCount: number
  /** The newest release, for comparison. */
  latestVersion?: string | undefined
}

/** Fields: `version`, `channelId`, `notes`, `ignoreChannelRules`, and one for each of `packages`. */
export const NewReleasePage = (props: NewReleasePageProps) => {
  const { frame, project, form, channels, packages } = props
  const chosen = textOf(form, 'channelId') || (channels[0]?.value ?? '')
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="releases"
      title="New release"
      actions={<span />}
    >
      <div class="column">
        <h2 class="section-title">New release</h2>
        {channels.length > 1 && (
          <Tabs
            label="Channel"
            tabs={channels.map(({ value, label }) => ({
              title: label,
              href: links.releaseNew(project.id, value),
              current: value === chosen,
            }))}
          />
        )}
        <ErrorSummary form={form} title="The release cannot be created." />
        <Card>
          <Form action={links.releases(project.id)}>
            <div class="fields-2">
              <TextField
                form={form}
                name="version"
                label="Version"
                mono
                required
                {...(props.latestVersion ? { hint: `The newest is ${props.latestVersion}.` } : {})}
              />
              <input type="hidden" name="channelId" value={chosen} />
            </div>
            {packages.length > 0 && (
              <FieldGroup title="Packages" hint="The newest of each is chosen already.">
                {packages.map(choice => (
                  <PackageField choice={choice} form={form} />
                ))}
              </FieldGroup>
            )}
            {props.mayIgnoreRules && (
              <CheckBox
                form={form}
                name="ignoreChannelRules"
                label="Ignore the rules of the channel"
                hint="Takes the versions chosen above, whatever the channel's rules say. The record says so."
              />
            )}
            <TextArea
              form={form}
              name="notes"
              label="Release notes"
              hint="Markdown."
              rows={5}
              optional
            />
            <p class="hint">
              {props.stepCount === 0
                ? 'The process has no steps yet: this release would do nothing.'
                : 'Freezes the process, the variables and these packages as they are now.'}
            </p>
            <SaveOrCancel verb="Create release" back={links.releases(project.id)} />
          </Form>
        </Card>
      </div>
    </ProjectFrame>
  )
}

const PackageField = ({ choice, form }: { choice: PackageChoice; form: FormState }) =>
  choice.typed ? (
    <TextField
      form={form}
      name={choice.field}
      label={choice.packageId}
      hint={`For the step ${choice.step}. Its feed is elsewhere: type the version.`}
      mono
      required
    />
  ) : choice.versions.length === 0 ? (
    <div class="field field-wrong">
      <span class="field-name">
        {choice.packageId} <span class="faint">for {choice.step}</span>
      </span>
      <p class="field-error">
        The repository has no version of this package. <a href={links.packageUpload}>Upload one</a>{' '}
        first.
      </p>
    </div>
  ) : (
    <SelectField
      form={form}
      name={choice.field}
      label={choice.packageId}
      hint={`For the step ${choice.step}.`}
      options={choice.versions.map(({ version, publishedAt }) => ({
        value: version,
        label: `${version} · published ${new Date(publishedAt).toISOString().slice(0, 10)}`,
      }))}
      required
    />
  )
