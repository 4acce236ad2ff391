import { Banner } from '../components/banner.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { OneLiner } from '../components/code.tsx'
import { ChoiceList, type Option, RadioList, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type NewTargetPageProps = {
  frame: Frame
  form: FormState
  environments: Option[]
  workerPools: Option[]
  knownTags: string[]
  /** Made by the post; the token in it works once. */
  command?: { shell: string; powershell?: string | undefined; expiresAt: number } | undefined
}

/** Fields: `role` (`target`, `worker`), `name`, `environments[]`, `tags` (comma separated), `workerPools[]`. */
export const NewTargetPage = (props: NewTargetPageProps) => {
  const { frame, form, command } = props
  return (
    <Page frame={frame} title="Add target" section="infrastructure">
      <div class="column stack">
        <Heading
          title="Add target"
          crumbs={[
            { href: links.infrastructure, title: 'Infrastructure' },
            { href: links.targets, title: 'Targets' },
          ]}
          intro="Say what the machine is for, then run one line on it. It calls out to this server; no port is opened."
        />
        {command ? <Command command={command} /> : <Describe {...props} form={form} />}
      </div>
    </Page>
  )
}

const Command = ({ command }: { command: NonNullable<NewTargetPageProps['command']> }) => (
  <>
    <Card title="Run this on the machine">
      <div class="form">
        <OneLiner text={command.shell} label="Copy command" />
        {command.powershell && (
          <OneLiner text={command.powershell} label="Copy PowerShell command" />
        )}
        <p class="hint">
          It works once and expires <Time at={command.expiresAt} />. The machine needs Node 20 or
          newer. Run as root on a system with systemd it installs a service; otherwise it says how
          to start the runner, which then appears within seconds.
        </p>
        <FormActions>
          <ButtonLink href={links.targets} look="primary">
            See targets
          </ButtonLink>
          <ButtonLink href={links.targetNew} look="quiet">
            Add another
          </ButtonLink>
        </FormActions>
      </div>
    </Card>
    <Banner kind="info">The token in this line is shown only now.</Banner>
  </>
)

const Describe = ({ form, environments, workerPools, knownTags }: NewTargetPageProps) => (
  <>
    <ErrorSummary form={form} title="No command was made." />
    <Card>
      <Form action={links.targetNew}>
        <RadioList
          form={form}
          name="role"
          label="The machine is"
          options={[
            { value: 'target', label: 'A target', hint: 'Software is deployed to it' },
            { value: 'worker', label: 'A worker', hint: 'Runs steps on behalf of the server' },
          ]}
        />
        <TextField
          form={form}
          name="name"
          label="Name"
          hint="Otherwise the machine's own host name."
          optional
        />
        <ChoiceList
          form={form}
          name="environments"
          label="Environments"
          options={environments}
          none="There are no environments yet: add one first."
        />
        <TextField
          form={form}
          name="tags"
          label="Target tags"
          placeholder="web, cache"
          hint={
            knownTags.length > 0
              ? `Separated by commas. In use: ${knownTags.slice(0, 12).join(', ')}.`
              : 'Separated by commas. Steps choose their targets by them.'
          }
        />
        {workerPools.length > 0 && (
          <ChoiceList
            form={form}
            name="workerPools"
            label="Worker pools"
            hint="Only for a worker."
            options={workerPools}
            optional
          />
        )}
        <SaveOrCancel verb="Make install command" back={links.targets} />
      </Form>
    </Card>
  </>
)
