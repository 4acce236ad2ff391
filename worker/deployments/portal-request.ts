import type { FormFields } from '../http/form.ts'
import { invalid } from '../http/problem.ts'
import { answersIn } from '../variables/prompt-form.ts'
import type { Prompt } from '../variables/prompts.ts'
import { type DeploymentRequest, NOTHING_SPECIAL } from './request.ts'

/** What is left out, by a form's fields. */
export const choicesIn = (form: FormFields) => {
  const machines = form.list('machines')
  const mode = form.text('machineMode')
  return {
    skipSteps: form.list('skip'),
    specificMachines: mode === 'only' ? machines : [],
    excludedMachines: mode === 'except' ? machines : [],
  }
}

/** What the form asks for. @throws Problem `invalid` with the fields that are wrong */
export const requestIn = (form: FormFields, prompts: readonly Prompt[]): DeploymentRequest => {
  const environmentId = form.text('environmentId')
  if (environmentId === '') throw invalid('Choose the environment to deploy to.')
  if (form.text('machineMode') === 'only' && form.list('machines').length === 0)
    throw invalid('Choose at least one target.', {
      machines: 'Choose at least one target, or deploy to all of them.',
    })
  const startAt = instantIn(form, 'startAt')
  const expiresAt = instantIn(form, 'expiresAt')
  if (startAt !== null && expiresAt !== null && expiresAt <= startAt)
    throw invalid('It would give up before it starts.', {
      expiresAt: 'This must be later than the start.',
    })
  const guided = form.text('guidedFailure')
  return {
    ...NOTHING_SPECIAL,
    environments: [environmentId],
    ...choicesIn(form),
    formValues: answersIn(form, prompts),
    useGuidedFailure: guided === 'on' ? true : guided === 'off' ? false : null,
    forcePackageRedeployment: form.flag('redeploy'),
    comments: form.text('comments').trim(),
    priority: form.flag('isUrgent') ? 'On' : null,
    startAt,
    expiresAt,
  }
}

/** `2030-01-31T09:00`, as browsers send it, in UTC. */
const instantIn = (form: FormFields, name: string): number | null => {
  const text = form.text(name).trim()
  if (text === '') return null
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)
    ? Date.parse(`${text}Z`)
    : Number.NaN
  if (Number.isNaN(at))
    throw invalid('A time cannot be read.', {
      [name]: `Write the time as 2030-01-31T09:00; found '${text.slice(0, 40)}'.`,
    })
  return at
}
