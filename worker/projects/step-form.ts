import type { FormState } from '../../ui/components/form.tsx'
import type { StepKind } from '../../ui/projects/step-kind.ts'
import type { FormFields } from '../http/form.ts'
import { invalid } from '../http/problem.ts'
import type { Action, Step } from './process.ts'
import {
  contentErrors,
  contentKindOf,
  contentOf,
  contentSummary,
  contentValues,
} from './step-content.ts'
import { actionsOf, type Document, type FieldErrors, propertiesOf, put } from './step-properties.ts'
import {
  actionErrors,
  actionSettings,
  actionValues,
  placeErrors,
  placeProperties,
  placeValues,
  poolOf,
  whenErrors,
  whenOf,
  whenProperties,
  whenValues,
} from './step-settings.ts'

/** What the editor can show of a step: one action of the kinds it has forms for, or several. */
export const kindOf = ({ actions }: Step): StepKind => {
  const [action, more] = actions
  if (more) return 'group'
  return (action && contentKindOf(action)) ?? 'other'
}

export const actionKindOf = (action: Action): StepKind => contentKindOf(action) ?? 'other'

/** The package, or the first line of the script that does something. */
export const summaryOf = (step: Step): string => {
  const [action, more] = step.actions
  if (more) return `${step.actions.length} steps, one after the other on each target`
  return action ? contentSummary(action) : ''
}

/** The fields of the form that a stored step fills. */
export const valuesOf = (step: Step): FormState['values'] => {
  const [action, more] = step.actions
  return {
    name: step.name,
    ...placeValues(step, more ? undefined : action),
    ...whenValues(step),
    ...(action && !more ? { ...actionValues(action), ...contentValues(action) } : {}),
  }
}

/** The fields of the form that one of several actions of a step fills. */
export const childValuesOf = (step: Step, action: Action): FormState['values'] => ({
  ...placeValues(step, action),
  name: action.name,
  runOn: placeValues(step, action).runOn === 'targets' ? 'targets' : 'behalf',
  condition: action.condition,
  conditionExpression: action.properties['Octopus.Action.ConditionVariableExpression'] ?? '',
  ...actionValues(action),
  ...contentValues(action),
})

/**
 * The step that a filled form describes, in the API's words. What the form does not show of the
 * step as it was stays.
 * @throws Problem `invalid` with the fields that are wrong
 */
export const stepFrom = (
  kind: StepKind,
  form: FormFields,
  before: Document | undefined,
  feedId: string,
): Document & { Name: string } => {
  const isOnce = kind === 'script' && form.text('runOn') === 'server'
  const needsTags = !isOnce && (kind === 'group' || kind === 'script' || kind === 'package')
  refuse({
    ...nameError(form, 'A step needs a name.'),
    ...placeErrors(form, needsTags),
    ...(kind === 'group' || kind === 'other' ? {} : contentErrors(kind, form)),
    ...whenErrors(form),
    ...(kind === 'group' ? {} : actionErrors(form)),
  })
  const name = form.text('name').trim()
  const [first, ...others] = actionsOf(before)
  return {
    ...before,
    Name: name,
    ...whenOf(form),
    Properties: put(propertiesOf(before), {
      ...placeProperties(form, !isOnce),
      ...whenProperties(form),
    }),
    Actions:
      kind === 'group' ? [first, ...others] : [actionOf(kind, form, first, feedId), ...others],
  }
}

/** One of several actions of a step. @throws Problem `invalid` with the fields that are wrong */
export const childFrom = (
  kind: StepKind,
  form: FormFields,
  before: Document | undefined,
  feedId: string,
): Document & { Name: string } => {
  refuse({
    ...nameError(form, 'A child step needs a name.'),
    ...(kind === 'group' || kind === 'other' ? {} : contentErrors(kind, form)),
    ...whenErrors(form),
    ...actionErrors(form),
  })
  const action = actionOf(kind, form, before, feedId)
  const isVariable = form.text('condition') === 'Variable'
  return {
    ...action,
    Condition: isVariable ? 'Variable' : 'Success',
    Properties: put(propertiesOf(action), {
      'Octopus.Action.ConditionVariableExpression': isVariable
        ? form.text('conditionExpression')
        : '',
    }),
  }
}

const actionOf = (
  kind: StepKind,
  form: FormFields,
  before: Document | undefined,
  feedId: string,
): Document & { Name: string } => {
  const hasContent = kind !== 'other' && kind !== 'group'
  const settings = actionSettings(form, before, hasContent && kind !== 'manual')
  const withSettings = { ...before, ...settings, Name: form.text('name').trim() }
  if (!hasContent) return withSettings
  const content = contentOf(kind, form, withSettings, feedId)
  if (kind !== 'script') return { ...withSettings, ...content }
  return {
    ...withSettings,
    ...content,
    ...poolOf(form),
    Properties: put(propertiesOf(content), {
      'Octopus.Action.RunOnServer':
        form.text('runOn') === 'server' || form.text('runOn') === 'behalf' ? 'True' : 'False',
    }),
  }
}

const nameError = (form: FormFields, words: string): FieldErrors =>
  form.text('name').trim() === '' ? { name: words } : {}

const refuse = (fields: FieldErrors): void => {
  const sentences = Object.values(fields)
  if (sentences.length > 0) throw invalid(sentences.join(' '), fields)
}
