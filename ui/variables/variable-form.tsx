import { Card } from '../components/card.tsx'
import {
  CheckBox,
  ChoiceList,
  type Option,
  SelectField,
  TextArea,
  TextField,
} from '../components/fields.tsx'
import { ErrorSummary, Form, type FormState, textOf } from '../components/form.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import { useFrame } from '../frame.tsx'
import { withQuery } from '../links.ts'
import type { VariableLinks } from './variable-links.ts'

/** What a value can be scoped to; steps and channels only where there are any to have. */
export type ScopeChoices = {
  environments: Option[]
  targetTags: Option[]
  targets: Option[]
  steps?: Option[] | undefined
  channels?: Option[] | undefined
}

export type VariableEditor = {
  /** Absent: a new one. */
  variableId?: string | undefined
  form: FormState
  choices: ScopeChoices
  sensitive?: boolean | undefined
  /** The value's revision when the form was shown: a later save by someone else is a conflict. */
  revision: number
  /** What the value of a worker pool variable may be. */
  pools?: Option[] | undefined
}

const TYPES: Option[] = [
  { value: 'String', label: 'Text' },
  { value: 'WorkerPool', label: 'Worker pool' },
]

const CONTROLS: Option[] = [
  { value: 'SingleLineText', label: 'One line' },
  { value: 'MultiLineText', label: 'Several lines' },
  { value: 'Select', label: 'A list to choose from' },
  { value: 'Checkbox', label: 'A check box' },
  { value: 'Sensitive', label: 'A secret' },
]

/** Where the list is, without the editor in it. */
export const withoutEditor = (path: string): string =>
  ['edit', 'add', 'name'].reduce((left, name) => withQuery(left, name, undefined), path)

/** Fields: `name`, `value`, `type`, `description`, `isSensitive`, `environments[]`, `targetTags[]`, `targets[]`,
 *  `steps[]`, `channels[]`, `revision`, `back`, and those of the prompt: `isPrompted`, `promptLabel`,
 *  `promptDescription`, `promptRequired`, `promptControl`, `promptOptions`. An empty value of a sensitive
 *  variable keeps the stored one. */
export const VariableForm = ({ at, editor }: { at: VariableLinks; editor: VariableEditor }) => {
  const { path } = useFrame()
  const { form, choices, variableId } = editor
  const back = textOf(form, 'back') || withoutEditor(path)
  return (
    <div id="edit" class="variable-editor">
      <Card title={variableId ? 'Edit value' : 'Add variable'}>
        <ErrorSummary form={form} />
        <Form action={variableId ? at.value(variableId) : at.values}>
          <input type="hidden" name="revision" value={String(editor.revision)} />
          <input type="hidden" name="back" value={back} />
          <div class="fields-2">
            <TextField form={form} name="name" label="Name" mono required focus />
            <TextField form={form} name="description" label="Description" optional />
          </div>
          <TextArea
            form={form}
            name="value"
            label="Value"
            mono
            rows={1}
            {...(editor.sensitive
              ? { hint: 'The stored value is never shown. Leave this empty to keep it.' }
              : {})}
          />
          <CheckBox
            form={form}
            name="isSensitive"
            label="Sensitive"
            hint="Encrypted, never shown again, masked in logs. At least four characters, so that it can be masked."
          />
          <details class="scope-fields" open>
            <summary>Scope: where this value applies</summary>
            <p class="hint">
              Within one row any of the chosen; every row with a choice must match. Nothing chosen:
              everywhere.
            </p>
            <ScopeField
              form={form}
              name="environments"
              label="Environments"
              options={choices.environments}
            />
            <ScopeField
              form={form}
              name="targetTags"
              label="Target tags"
              options={choices.targetTags}
            />
            <ScopeField form={form} name="targets" label="Targets" options={choices.targets} />
            {choices.steps && (
              <ScopeField form={form} name="steps" label="Steps" options={choices.steps} />
            )}
            {choices.channels && (
              <ScopeField form={form} name="channels" label="Channels" options={choices.channels} />
            )}
          </details>
          <PromptSettings form={form} />
          <TypeSettings form={form} pools={editor.pools} />
          <SaveOrCancel verb={variableId ? 'Save value' : 'Add variable'} back={back} />
        </Form>
      </Card>
    </div>
  )
}

const ScopeField = (props: { form: FormState; name: string; label: string; options: Option[] }) => (
  <ChoiceList {...props} none={`There are no ${props.label.toLowerCase()} yet.`} />
)

const PromptSettings = ({ form }: { form: FormState }) => {
  const isOpen = ['isPrompted', 'promptLabel'].some(name => textOf(form, name) !== '')
  return (
    <details class="more-fields" open={isOpen}>
      <summary>Ask for a value when deploying</summary>
      <CheckBox
        form={form}
        name="isPrompted"
        label="Ask whoever deploys"
        hint="The answer stands before every stored value. The value above is what the field begins with."
      />
      <div class="fields-2">
        <TextField form={form} name="promptLabel" label="Question" optional />
        <SelectField form={form} name="promptControl" label="Answered with" options={CONTROLS} />
      </div>
      <TextField form={form} name="promptDescription" label="Help" optional />
      <TextArea
        form={form}
        name="promptOptions"
        label="What there is to choose from"
        hint="One a line; write value|label where they differ. For a list to choose from."
        rows={3}
        optional
      />
      <CheckBox form={form} name="promptRequired" label="An answer is required" />
    </details>
  )
}

const TypeSettings = ({ form, pools }: { form: FormState; pools: Option[] | undefined }) => {
  const type = textOf(form, 'type')
  const known = TYPES.some(({ value }) => value === type) || type === '' || type === 'Sensitive'
  return (
    <details class="more-fields" open={type === 'WorkerPool'}>
      <summary>What kind of value this is</summary>
      <SelectField
        form={form}
        name="type"
        label="Kind"
        options={known ? TYPES : [...TYPES, { value: type, label: type }]}
      />
      {pools && (
        <p class="hint">
          The value of a worker pool variable is the id of a pool:{' '}
          {pools.length === 0
            ? 'there is none yet.'
            : pools.map(({ value, label }, index) => (
                <>
                  {index > 0 && ', '}
                  <code>{value}</code> ({label})
                </>
              ))}
        </p>
      )}
    </details>
  )
}
