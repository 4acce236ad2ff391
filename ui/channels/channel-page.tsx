import { Banner } from '../components/banner.tsx'
import { ButtonLink, DeleteLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CheckBox, ChoiceList, type Option, SelectField, TextField } from '../components/fields.tsx'
import { ErrorSummary, FieldGroup, Form, FormActions, type FormState } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

/** What a rule makes of one version that is there. */
export type TriedVersion = {
  version: string
  publishedAt: number
  inRange: boolean
  hasTag: boolean
  hasPattern: boolean
  isTaken: boolean
  /** What a release takes when it names none. */
  isNewest: boolean
}

export type RuleTrial = {
  strategy: 'SemVer' | 'MostRecentlyPublished'
  /** Why the rule cannot be read. */
  problems: string[]
  packages: { packageId: string; versions: TriedVersion[] }[]
}

export type ChannelPageProps = {
  frame: Frame
  project: ProjectHead
  /** Absent: a new one. */
  channel?: { id: string; name: string; isDefault: boolean } | undefined
  form: FormState
  lifecycles: Option[]
  /** The packages of the process, as a rule can name them. */
  packages: Option[]
  /** One for each rule of the form; there is always an empty one at the end. */
  trials: (RuleTrial | undefined)[]
  mayEdit: boolean
}

/** Fields: `name`, `description`, `lifecycleId`, `isDefault`, and for each rule n from 0 `rule-n-id`,
 *  `rule-n-strategy`, `rule-n-range` and `rule-n-tag` or `rule-n-pattern`, `rule-n-packages[]`. A rule without packages is left out. */
export const ChannelPage = (props: ChannelPageProps) => {
  const { frame, project, channel, form, packages, trials, mayEdit } = props
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="channels"
      title={channel?.name ?? 'New channel'}
      actions={
        channel && mayEdit && !channel.isDefault ? (
          <DeleteLink href={links.channelDelete(project.id, channel.id)} what="channel" />
        ) : (
          <span />
        )
      }
    >
      <div class="column stack">
        <h2 class="section-title">{channel ? channel.name : 'New channel'}</h2>
        <ErrorSummary form={form} />
        <Card>
          <Form
            action={channel ? links.channel(project.id, channel.id) : links.channels(project.id)}
          >
            <div class="fields-2">
              <TextField form={form} name="name" label="Name" required />
              <SelectField
                form={form}
                name="lifecycleId"
                label="Lifecycle"
                options={props.lifecycles}
                none="The project's own"
              />
            </div>
            <TextField form={form} name="description" label="Description" optional />
            {channel?.isDefault ? (
              <input type="hidden" name="isDefault" value="true" />
            ) : (
              <CheckBox
                form={form}
                name="isDefault"
                label="The default channel"
                hint="Releases go here when they name no channel and its rules take their packages."
              />
            )}
            {trials.map((trial, index) => (
              <Rule form={form} index={index} packages={packages} trial={trial} />
            ))}
            {mayEdit && (
              <FormActions>
                <SubmitButton>{channel ? 'Save channel' : 'Create channel'}</SubmitButton>
                <SubmitButton look="plain" formaction={links.channelTry(project.id, channel?.id)}>
                  Try the rules
                </SubmitButton>
                <ButtonLink href={links.channels(project.id)} look="quiet">
                  Cancel
                </ButtonLink>
              </FormActions>
            )}
          </Form>
        </Card>
      </div>
    </ProjectFrame>
  )
}

const Rule = (props: {
  form: FormState
  index: number
  packages: Option[]
  trial: RuleTrial | undefined
}) => {
  const { form, index, packages, trial } = props
  const name = `rule-${index}`
  const id = form.values[`${name}-id`]
  return (
    <FieldGroup
      title={id ? `Version rule ${index + 1}` : 'One more version rule'}
      hint="For the packages chosen here. A package with several rules must pass all of them."
    >
      <input type="hidden" name={`${name}-id`} value={typeof id === 'string' ? id : ''} />
      <SelectField
        form={form}
        name={`${name}-strategy`}
        label="The newest version is"
        options={[
          { value: 'SemVer', label: 'The one with the highest number' },
          { value: 'MostRecentlyPublished', label: 'The one that was published last' },
        ]}
      />
      <div class="fields-2 rule-by-number">
        <TextField
          form={form}
          name={`${name}-range`}
          label="Version range"
          mono
          optional
          hint="[1.0,2.0) is 1.0 up to, but without, 2.0; 2.0.0-alpha lies in it too. Empty: any."
        />
        <TextField
          form={form}
          name={`${name}-tag`}
          label="Pre-release tag"
          mono
          optional
          hint="A regular expression: ^$ for none, ^beta for those that begin so. Empty: any."
        />
      </div>
      <div class="rule-by-date">
        <TextField
          form={form}
          name={`${name}-pattern`}
          label="Version pattern"
          mono
          optional
          hint="A regular expression for the whole version, such as ^main- or -nightly$. Empty: any."
        />
      </div>
      <ChoiceList
        form={form}
        name={`${name}-packages`}
        label="Packages"
        options={packages}
        none="No enabled step of the process has a package."
      />
      {trial && <Trial trial={trial} />}
    </FieldGroup>
  )
}

const Trial = ({ trial }: { trial: RuleTrial }) => (
  <>
    {trial.problems.map(problem => (
      <Banner kind="error">{problem}</Banner>
    ))}
    {trial.packages.length === 0 && trial.problems.length === 0 && (
      <p class="hint">Choose packages to see which of their versions this rule takes.</p>
    )}
    {trial.packages.map(({ packageId, versions }) =>
      versions.length === 0 ? (
        <p class="hint">{packageId} has no version in the repository yet.</p>
      ) : (
        <Table
          caption={`Versions of ${packageId}`}
          columns={[
            { title: packageId },
            ...(trial.strategy === 'SemVer'
              ? [{ title: 'Range' }, { title: 'Tag' }]
              : [{ title: 'Published' }]),
            { title: 'Taken' },
          ]}
        >
          {versions.map(tried => (
            <tr>
              <td>
                <code>{tried.version}</code>
                {tried.isNewest && <span class="sub">taken when none is named</span>}
              </td>
              {trial.strategy === 'SemVer' ? (
                <>
                  <Mark isGood={tried.inRange} />
                  <Mark isGood={tried.hasTag} />
                </>
              ) : (
                <Cell>
                  <Time at={tried.publishedAt} />
                </Cell>
              )}
              <Mark isGood={tried.isTaken} />
            </tr>
          ))}
        </Table>
      ),
    )}
  </>
)

const Mark = ({ isGood }: { isGood: boolean }) => (
  <Cell>
    <span class={isGood ? 'mark-yes' : 'mark-no'}>
      <Icon name={isGood ? 'success' : 'failed'} /> {isGood ? 'yes' : 'no'}
    </span>
  </Cell>
)
