import type { FormFields } from '../http/form.ts'
import type { Prompt } from './prompt.ts'

/** What a deployment's preview asks, as clients of the API read it. */
export const formOf = (prompts: readonly Prompt[]) => ({
  Values: Object.fromEntries(
    prompts.map(({ id, defaultValue }) => [id, defaultValue ?? ''] as const),
  ),
  Elements: prompts.map(prompt => ({
    Name: prompt.id,
    IsValueRequired: prompt.isRequired,
    Control: {
      Type: 'VariableValue',
      Name: prompt.name,
      Label: prompt.label,
      Description: prompt.description,
      Required: prompt.isRequired,
      IsSecure: prompt.isSensitive,
      DisplaySettings: {
        'Octopus.ControlType': prompt.control,
        ...(prompt.options.length > 0 && {
          'Octopus.SelectOptions': prompt.options
            .map(({ value, label }) => `${value}|${label}`)
            .join('\n'),
        }),
      },
    },
  })),
})

/** The name of a question's field in a form of the portal. */
export const fieldOf = ({ id }: Pick<Prompt, 'id'>): string => `prompt:${id}`

/** What the fields begin with: what was answered last time, else the value that is stored.
 *  @param last by variable id; secrets are never among them */
export const promptValues = (
  prompts: readonly Prompt[],
  last: Readonly<Record<string, string>> = {},
): Record<string, string> =>
  Object.fromEntries(
    prompts.map(prompt => {
      const before = last[prompt.id]
      const text = before !== undefined && isStillOne(prompt, before) ? before : prompt.defaultValue
      const value = text ?? ''
      return [
        fieldOf(prompt),
        prompt.control === 'Checkbox' ? String(value.toLowerCase() === 'true') : value,
      ]
    }),
  )

/** A secret is typed anew; an option may have gone. */
const isStillOne = ({ control, options, isSensitive }: Prompt, answer: string): boolean =>
  !isSensitive && (control !== 'Select' || options.some(({ value }) => value === answer))

/** What was answered, by variable id. A check box that is not ticked is an answer too. */
export const answersIn = (form: FormFields, prompts: readonly Prompt[]): Record<string, string> =>
  Object.fromEntries(
    prompts.map(prompt => {
      const text = form.text(fieldOf(prompt))
      const answer = prompt.control === 'Checkbox' ? String(text === 'true') : text
      return [prompt.id, answer.replaceAll('\r\n', '\n')]
    }),
  )
