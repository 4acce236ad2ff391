import { CheckBox, type Option, RadioList, SelectField, TextField } from '../components/fields.tsx'
import { Folded } from '../components/folded.tsx'
import { FieldGroup, type FormState, hasError, textOf } from '../components/form.tsx'
import type { StepKind } from './step-kind.ts'

export type Fields = { form: FormState; kind: StepKind }

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

/** Fields: `condition`, `conditionExpression`, `startTrigger`, `packageRequirement`, `isFinalizer`. */
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
      <SelectField
        form={form}
        name="packageRequirement"
        label="Packages"
        options={[
          { value: 'LetOctopusDecide', label: 'No matter whether they are there' },
          { value: 'BeforePackageAcquisition', label: 'Before packages are fetched' },
          { value: 'AfterPackageAcquisition', label: 'After packages are fetched' },
        ]}
        hint="All packages are fetched at once, just before the first step that needs them."
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
