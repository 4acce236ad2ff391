import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CheckBox, ChoiceList, type Option, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { links } from '../links.ts'
import type { ProjectHead } from './project-frame.tsx'

export type ScopeChoices = {
  environments: Option[]
  targetTags: Option[]
  targets: Option[]
  steps: Option[]
}

export type VariableEditor = {
  /** Absent: a new one. */
  variableId?: string | undefined
  form: FormState
  choices: ScopeChoices
  sensitive?: boolean | undefined
  /** The set's version when the form was shown: a later save by someone else is a conflict. */
  version: number
}

/** Fields: `name`, `value`, `description`, `isSensitive`, `environments[]`, `targetTags[]`, `targets[]`, `steps[]`,
 *  `version`. An empty value of a sensitive variable keeps the stored one. */
export const VariableForm = ({
  project,
  editor,
}: {
  project: ProjectHead
  editor: VariableEditor
}) => {
  const { form, choices, variableId } = editor
  return (
    <div id="edit" class="variable-editor">
      <Card title={variableId ? 'Edit value' : 'Add variable'}>
        <ErrorSummary form={form} />
        <Form
          action={variableId ? links.variable(project.id, variableId) : links.variables(project.id)}
        >
          <input type="hidden" name="version" value={String(editor.version)} />
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
            hint="Encrypted, never shown again, masked in logs."
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
            <ScopeField form={form} name="steps" label="Steps" options={choices.steps} />
          </details>
          <FormActions>
            <SubmitButton>{variableId ? 'Save value' : 'Add variable'}</SubmitButton>
            <ButtonLink href={links.variables(project.id)} look="quiet">
              Cancel
            </ButtonLink>
          </FormActions>
        </Form>
      </Card>
    </div>
  )
}

const ScopeField = (props: { form: FormState; name: string; label: string; options: Option[] }) => (
  <ChoiceList {...props} none={`There are no ${props.label.toLowerCase()} yet.`} />
)
