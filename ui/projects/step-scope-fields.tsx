import { CheckBox, ChoiceList, type Option, SelectField, TextField } from '../components/fields.tsx'
import { Folded } from '../components/folded.tsx'
import { FieldGroup, hasError, listOf, textOf } from '../components/form.tsx'
import type { Fields } from './step-fields.tsx'

export type Scopes = { environments: Option[]; channels: Option[] }

/** Fields: `environments[]`, `excludedEnvironments[]`, `channels[]`, `tenantTags` (comma separated),
 *  `isDisabled`, `isRequired`. */
export const ScopeFields = ({ form, environments, channels }: Fields & Scopes) => {
  const named = (field: string, options: Option[]) => {
    const chosen = listOf(form, field)
    return options.filter(({ value }) => chosen.includes(value)).map(({ label }) => label)
  }
  const [only, not, inChannels] = [
    named('environments', environments),
    named('excludedEnvironments', environments),
    named('channels', channels),
  ]
  const parts = [
    ...(only.length > 0 ? [`only in ${only.join(', ')}`] : []),
    ...(not.length > 0 ? [`not in ${not.join(', ')}`] : []),
    ...(inChannels.length > 0 ? [`for channel ${inChannels.join(', ')}`] : []),
    ...(textOf(form, 'tenantTags') ? [`for tenants with ${textOf(form, 'tenantTags')}`] : []),
  ]
  return (
    <FieldGroup title="What it is for">
      <CheckBox form={form} name="isDisabled" label="Disabled: left out of new releases' plans" />
      <CheckBox
        form={form}
        name="isRequired"
        label="Required: cannot be skipped, and its failures cannot be ignored"
      />
      <Folded
        title="Environments, channels, tenants"
        summary={parts.join('; ') || 'everywhere'}
        open={hasError(form, ['excludedEnvironments', 'tenantTags'])}
      >
        <ChoiceList
          form={form}
          name="environments"
          label="Only in these environments"
          hint="None chosen: in all of them."
          options={environments}
          none="There are no environments yet."
          optional
        />
        <ChoiceList
          form={form}
          name="excludedEnvironments"
          label="Not in these environments"
          options={environments}
          none="There are no environments yet."
          optional
        />
        <ChoiceList
          form={form}
          name="channels"
          label="Only for releases of these channels"
          hint="None chosen: for all of them."
          options={channels}
          none="There are no channels yet."
          optional
        />
        <TextField
          form={form}
          name="tenantTags"
          label="Only for tenants with these tags"
          placeholder="Region/Europe, Size/Large"
          hint="Set/Tag, separated by commas: one of each set that is named."
          optional
        />
      </Folded>
    </FieldGroup>
  )
}

/** Fields: `retries`, `backoff` (seconds), `timeout` (minutes), `isRetrySafe`, `expectsReboot`,
 *  `reboots`. */
export const EffortFields = ({ form }: Fields) => {
  const retries = textOf(form, 'retries') || '0'
  const timeout = textOf(form, 'timeout')
  const parts = [
    retries === '0' ? 'no retries' : `${retries} ${retries === '1' ? 'retry' : 'retries'}`,
    timeout ? `at most ${timeout} min` : 'no time-out',
    ...(textOf(form, 'isRetrySafe') === 'true' ? ['safe to repeat'] : []),
    ...(textOf(form, 'expectsReboot') === 'true' ? ['may restart its machine'] : []),
  ]
  return (
    <FieldGroup title="When it fails">
      <Folded
        title="Retries and time-out"
        summary={parts.join(', ')}
        open={hasError(form, ['retries', 'backoff', 'timeout', 'reboots'])}
      >
        <div class="fields-2">
          <SelectField
            form={form}
            name="retries"
            label="Retries"
            hint="Before anybody is asked and before it counts as failed."
            options={[0, 1, 2, 3].map(count => ({
              value: String(count),
              label: count === 0 ? 'None' : String(count),
            }))}
          />
          <TextField
            form={form}
            name="backoff"
            label="Seconds before the first"
            placeholder="0"
            hint="Each further one waits longer."
            optional
          />
        </div>
        <TextField
          form={form}
          name="timeout"
          label="Time-out in minutes"
          placeholder="None"
          hint="Counts from when the runner takes the work; then it is stopped and has failed."
          optional
        />
        <CheckBox
          form={form}
          name="isRetrySafe"
          label="Safe to repeat"
          hint="If a runner is lost at work, run it again by itself as soon as that runner says that the lost one is not running. Otherwise somebody is asked."
        />
        <div class="fields-2">
          <CheckBox
            form={form}
            name="expectsReboot"
            label="May restart its machine"
            hint="After a restart it is run again from its start; SLIPWAY_REBOOT_COUNT tells it how often that was. Without this nobody knows how it ended, and somebody is asked."
          />
          <SelectField
            form={form}
            name="reboots"
            label="Restarts at most"
            options={[1, 2, 3, 4, 5].map(count => ({ value: String(count), label: String(count) }))}
          />
        </div>
      </Folded>
    </FieldGroup>
  )
}
