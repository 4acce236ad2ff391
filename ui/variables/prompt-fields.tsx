import { CheckBox, SelectField, TextArea, TextField } from '../components/fields.tsx'
import { FieldGroup, type FormState } from '../components/form.tsx'

/** A question that is asked before a deployment. */
export type PromptField = {
  id: string
  name: string
  label: string
  description: string
  isRequired: boolean
  control: string
  options: { value: string; label: string }[]
  isSensitive: boolean
  hasDefault: boolean
}

/** One field for each question: `prompt:` and the variable's id. */
export const PromptFields = (props: { form: FormState; prompts: PromptField[] }) =>
  props.prompts.length === 0 ? null : (
    <FieldGroup title="What this deployment needs to know">
      {props.prompts.map(prompt => (
        <Question form={props.form} prompt={prompt} />
      ))}
    </FieldGroup>
  )

const Question = ({ form, prompt }: { form: FormState; prompt: PromptField }) => {
  const { label, control, isSensitive, hasDefault, options } = prompt
  const help = helpOf(prompt)
  const required = prompt.isRequired && !(isSensitive && hasDefault)
  const field = {
    form,
    name: `prompt:${prompt.id}`,
    label,
    ...(help ? { hint: help } : {}),
    ...(prompt.isRequired ? { required } : { optional: true }),
  }
  if (isSensitive) return <TextField {...field} type="password" autocomplete="new-password" />
  switch (control) {
    case 'MultiLineText':
      return <TextArea {...field} rows={4} />
    case 'Select':
      return <SelectField {...field} options={options} none="Choose…" />
    case 'Checkbox':
      return (
        <CheckBox form={form} name={field.name} label={label} {...(help ? { hint: help } : {})} />
      )
    default:
      return <TextField {...field} />
  }
}

const helpOf = ({ name, label, description, isSensitive, hasDefault }: PromptField): string =>
  [
    description,
    label === name ? '' : `Gives ${name} its value.`,
    isSensitive && hasDefault ? 'Leave it empty to use the stored value.' : '',
  ]
    .filter(each => each !== '')
    .join(' ')
