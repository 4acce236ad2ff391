import { Card } from '../components/card.tsx'
import { CheckBox, ChoiceList, type Option, RadioList, TextArea } from '../components/fields.tsx'
import { Folded } from '../components/folded.tsx'
import {
  FieldGroup,
  type FormState,
  fieldId,
  hasError,
  listOf,
  textOf,
} from '../components/form.tsx'
import { formatInstant } from '../components/format.ts'
import { useFrame } from '../frame.tsx'
import { type PromptField, PromptFields } from '../variables/prompt-fields.tsx'

export type DeployOptionsProps = {
  form: FormState
  prompts: PromptField[]
  /** The targets of the environment. */
  targets: Option[]
  /** Attributes of what changes the plan. */
  redraws: Record<string, string>
  /** What happens on failures when nothing is said here. */
  asksByDefault: boolean
}

/** Fields: those of the prompts, `comments`, `machineMode` (`all`, `only`, `except`), `machines[]`,
 *  `guidedFailure` (empty, `on`, `off`), `startAt`, `expiresAt` (UTC), `isUrgent`, `redeploy`. */
export const DeployOptions = (props: DeployOptionsProps) => {
  const { form } = props
  return (
    <Card title="How">
      <div class="form">
        <PromptFields form={form} prompts={props.prompts} />
        <TextArea
          form={form}
          name="comments"
          label="Comments"
          hint="Why, for whom: kept with the deployment."
          rows={2}
          optional
        />
        <Machines {...props} />
        <FieldGroup title="If a step fails">
          <RadioList
            form={form}
            name="guidedFailure"
            label="Then"
            options={[
              {
                value: '',
                label: 'As the project and the environment say',
                hint: props.asksByDefault ? 'A person is asked' : 'It fails',
              },
              {
                value: 'on',
                label: 'Ask a person',
                hint: 'Retry, ignore, leave the machine out, or fail',
              },
              { value: 'off', label: 'Fail' },
            ]}
          />
        </FieldGroup>
        <Schedule form={form} />
        <CheckBox
          form={form}
          name="redeploy"
          label="Deploy packages again, even where the same version is installed"
        />
      </div>
    </Card>
  )
}

const Machines = ({ form, targets, redraws }: DeployOptionsProps) => {
  const mode = textOf(form, 'machineMode') || 'all'
  const names = targets
    .filter(({ value }) => listOf(form, 'machines').includes(value))
    .map(({ label }) => label)
  const summary =
    mode === 'all' || names.length === 0
      ? 'all'
      : `${mode === 'only' ? 'only' : 'all but'} ${names.join(', ')}`
  return (
    <Folded
      title="Targets"
      summary={summary}
      open={mode !== 'all' || hasError(form, ['machines'])}
      attributes={redraws}
    >
      <RadioList
        form={{ ...form, values: { ...form.values, machineMode: mode } }}
        name="machineMode"
        label="Deploy to"
        options={[
          { value: 'all', label: 'All targets of the plan' },
          { value: 'only', label: 'Only the chosen ones' },
          { value: 'except', label: 'All but the chosen ones' },
        ]}
      />
      <ChoiceList
        form={form}
        name="machines"
        label="Chosen targets"
        options={targets}
        none="No step of the plan has targets here."
        optional
      />
    </Folded>
  )
}

const Schedule = ({ form }: { form: FormState }) => {
  const { now } = useFrame()
  const start = textOf(form, 'startAt')
  const isOpen = ['startAt', 'expiresAt'].some(name => textOf(form, name) || form.errors[name])
  const isUrgent = textOf(form, 'isUrgent') === 'true'
  const summary = [start ? `${start.replace('T', ' ')} UTC` : 'now', ...(isUrgent ? ['first'] : [])]
  return (
    <Folded title="When" summary={summary.join(', ')} open={isOpen || isUrgent}>
      <div class="fields-2">
        <Instant form={form} name="startAt" label="Start not before (UTC)" />
        <Instant form={form} name="expiresAt" label="Give up if not started by (UTC)" />
      </div>
      <p class="hint">It is {formatInstant(now)} now. Empty: at once, and no limit.</p>
      <CheckBox
        form={form}
        name="isUrgent"
        label="Put it before others that wait for the same environment"
      />
    </Folded>
  )
}

const Instant = (props: { form: FormState; name: string; label: string }) => {
  const { form, name } = props
  const error = form.errors[name]
  return (
    <div class={`field${error ? ' field-wrong' : ''}`}>
      <label for={fieldId(name)}>
        {props.label}
        <span class="faint"> optional</span>
      </label>
      <input
        id={fieldId(name)}
        name={name}
        type="datetime-local"
        class="input"
        value={textOf(form, name)}
        {...(error ? { 'aria-invalid': 'true', 'aria-describedby': `${fieldId(name)}-error` } : {})}
      />
      {error && (
        <p class="field-error" id={`${fieldId(name)}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
