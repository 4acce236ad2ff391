import type { Child } from 'hono/jsx'
import {
  CheckBox,
  ChoiceList,
  type Option,
  RadioList,
  SelectField,
  TextField,
} from '../components/fields.tsx'
import { FieldGroup, type FormState, listOf, textOf } from '../components/form.tsx'
import type { StepKind } from './step-kind.ts'

type Fields = { form: FormState; kind: StepKind }

/** Which parts of the form a step needs; a child stands in a step of several. */
export type StepPlace = Fields & {
  isChild: boolean
  isFirst: boolean
  /** Tags that targets carry now: suggestions. */
  knownTags: string[]
  pools: Option[]
}

const runsOn: Option[] = [
  { value: 'targets', label: 'On each target', hint: 'By the runner there' },
  {
    value: 'behalf',
    label: 'On a worker, for each target',
    hint: 'Once for each target, with its variables, for what is done to a machine from outside',
  },
  { value: 'server', label: 'Once, on a worker', hint: 'For work that needs no target' },
]

/** Fields: `runOn` (`targets`, `behalf`, `server`), `workerPool`, `workerPoolVariable`, `targetTags`
 *  (comma separated), `window`. */
export const WhereFields = (props: StepPlace) => {
  const { form, kind, isChild } = props
  const onWorker = ['server', 'behalf'].includes(textOf(form, 'runOn'))
  const pool = textOf(form, 'workerPoolVariable') !== '' || textOf(form, 'workerPool') !== ''
  return (
    <FieldGroup title={kind === 'manual' ? 'How often it asks' : 'Where it runs'}>
      {kind === 'script' && (
        <RadioList
          form={form}
          name="runOn"
          label="Runs"
          options={isChild ? runsOn.slice(0, 2) : runsOn}
        />
      )}
      {!isChild && <TargetTags {...props} />}
      {kind === 'script' && (
        <Folded
          title="Worker pool"
          summary={onWorker && pool ? 'chosen' : 'the default pool'}
          open={pool || hasError(form, ['workerPool', 'workerPoolVariable'])}
        >
          <div class="fields-2">
            <SelectField
              form={form}
              name="workerPool"
              label="Pool"
              options={props.pools}
              none="The default pool"
              hint="Whose workers do what runs on a worker."
            />
            <TextField
              form={form}
              name="workerPoolVariable"
              label="Or the variable that names it"
              placeholder="Shop.Pool"
              mono
              optional
            />
          </div>
        </Folded>
      )}
      {!isChild && kind !== 'manual' && (
        <TextField
          form={form}
          name="window"
          label="At most so many targets at once"
          placeholder={kind === 'group' ? '1' : '10'}
          hint="Rolling: the next target starts when one is done, and none after a failure. Empty: up to ten at once."
          optional
        />
      )}
    </FieldGroup>
  )
}

const TargetTags = ({ form, kind, knownTags }: StepPlace) => (
  <TextField
    form={form}
    name="targetTags"
    label="Target tags"
    hint={
      kind === 'manual'
        ? 'Empty: it asks once. With tags it asks for each target that carries one of them.'
        : knownTags.length > 0
          ? `Separated by commas; it runs on targets with any of them. In use: ${knownTags.slice(0, 12).join(', ')}.`
          : 'Separated by commas; it runs on every target that carries one of them.'
    }
    list={knownTags.slice(0, 50)}
    required={kind === 'package' || kind === 'group'}
    optional={kind === 'manual'}
  />
)

const conditions: Option[] = [
  { value: 'Success', label: 'Only if everything before succeeded' },
  { value: 'Failure', label: 'Only if something before failed' },
  { value: 'Always', label: 'Always, except after a cancel' },
  { value: 'Cancelled', label: 'Only when the deployment is cancelled' },
  { value: 'Variable', label: 'Only if an expression is true' },
]

/** Fields: `condition`, `conditionExpression`, `startTrigger`, `isFinalizer`. */
export const WhenFields = ({ form, isChild, isFirst }: StepPlace) => (
  <FieldGroup title="When it runs">
    <div class="fields-2">
      <SelectField
        form={form}
        name="condition"
        label="Run condition"
        options={
          isChild
            ? conditions.filter(({ value }) => value === 'Success' || value === 'Variable')
            : conditions
        }
        hint={isChild ? 'Decided for each target.' : undefined}
      />
      <TextField
        form={form}
        name="conditionExpression"
        label="Expression"
        placeholder="#{if IsEnabled}true#{/if}"
        hint="For the last of the conditions; also asked after a failure."
        mono
        optional
      />
    </div>
    {!isChild && !isFirst && (
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
    {!isChild && (
      <CheckBox
        form={form}
        name="isFinalizer"
        label="Finalizer: runs at the very end, whatever became of the rest, also after a cancel"
      />
    )}
  </FieldGroup>
)

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

/** Fields: `retries`, `backoff` (seconds), `timeout` (minutes), `isRetrySafe`. */
export const EffortFields = ({ form }: Fields) => {
  const retries = textOf(form, 'retries') || '0'
  const timeout = textOf(form, 'timeout')
  const parts = [
    retries === '0' ? 'no retries' : `${retries} ${retries === '1' ? 'retry' : 'retries'}`,
    timeout ? `at most ${timeout} min` : 'no time-out',
    ...(textOf(form, 'isRetrySafe') === 'true' ? ['safe to repeat'] : []),
  ]
  return (
    <FieldGroup title="When it fails">
      <Folded
        title="Retries and time-out"
        summary={parts.join(', ')}
        open={hasError(form, ['retries', 'backoff', 'timeout'])}
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
      </Folded>
    </FieldGroup>
  )
}

const hasError = (form: FormState, names: string[]) => names.some(name => form.errors[name])

/** What most steps leave as it is: folded, with what it says in a few words. */
const Folded = (props: { title: string; summary: string; open: boolean; children?: Child }) => (
  <details class="folded" open={props.open}>
    <summary>
      <span>{props.title}</span>
      <span class="faint">{props.summary}</span>
    </summary>
    <div class="folded-body">{props.children}</div>
  </details>
)
