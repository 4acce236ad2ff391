import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import { whyNotMaskable } from './masking.ts'

/** How an answer is given. */
export const CONTROLS = [
  'SingleLineText',
  'MultiLineText',
  'Select',
  'Checkbox',
  'Sensitive',
] as const
export type Control = (typeof CONTROLS)[number]
export type PromptOption = { value: string; label: string }

/** A question that is asked when somebody deploys; its answer stands before every stored value. */
export type Prompt = {
  /** The variable's id, and the name of the form's element. */
  id: string
  name: string
  /** The variable's name when it has no label of its own. */
  label: string
  description: string
  isRequired: boolean
  control: Control
  /** Of a Select. */
  options: PromptOption[]
  isSensitive: boolean
  /** What the field begins with; null for a secret. */
  defaultValue: string | null
  /** Without an answer the stored value holds. */
  hasDefault: boolean
}

const MAX_OPTIONS = 1_000
const CONTROL_TYPE = 'Octopus.ControlType'
const SELECT_OPTIONS = 'Octopus.SelectOptions'

const line = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .transform(value => value ?? '')

/** As clients send it; display settings we do not know are kept as they are. */
export const promptInput = z
  .looseObject({
    Label: line(500),
    Description: line(10_000),
    Required: z
      .boolean()
      .nullish()
      .transform(value => value ?? false),
    DisplaySettings: z.record(z.string().max(200), z.string().max(100_000)).nullish(),
  })
  .superRefine(({ DisplaySettings: settings }, context) => {
    const asked = settings?.[CONTROL_TYPE]
    if (asked && !controlNamed(asked))
      context.addIssue(`${CONTROL_TYPE} must be one of ${CONTROLS.join(', ')}; found '${asked}'.`)
    const options = optionsOf(settings ?? {})
    if (options.length > MAX_OPTIONS) context.addIssue(`may have ${MAX_OPTIONS} options.`)
    if (asked && controlNamed(asked) === 'Select' && options.length === 0)
      context.addIssue(
        `a Select needs ${SELECT_OPTIONS}: a line 'value|label' for each thing to choose.`,
      )
  })
  .nullish()
  .transform(value => value ?? null)

const controlNamed = (text: string): Control | undefined =>
  CONTROLS.find(each => each.toLowerCase() === text.toLowerCase())

const optionsOf = (settings: Record<string, unknown>): PromptOption[] => {
  const lines = settings[SELECT_OPTIONS]
  if (typeof lines !== 'string') return []
  return lines
    .split('\n')
    .map(each => each.trim())
    .filter(each => each !== '')
    .map(each => {
      const bar = each.indexOf('|')
      if (bar < 0) return { value: each, label: each }
      const value = each.slice(0, bar).trim()
      return { value, label: each.slice(bar + 1).trim() || value }
    })
}

type Asked = { id: string; name: string; value: string | null; isSensitive: boolean }

/** The question of a stored variable; undefined for one that asks nothing. */
export const promptOf = (variable: Asked, stored: unknown): Prompt | undefined => {
  if (stored === null || stored === undefined || typeof stored !== 'object') return undefined
  const { Label, Description, Required, DisplaySettings } = stored as Record<string, unknown>
  const settings = (DisplaySettings ?? {}) as Record<string, unknown>
  const { id, name, value, isSensitive } = variable
  const named = controlNamed(String(settings[CONTROL_TYPE] ?? ''))
  return {
    id,
    name,
    label: (typeof Label === 'string' && Label.trim()) || name,
    description: typeof Description === 'string' ? Description : '',
    isRequired: Required === true,
    control: isSensitive ? 'Sensitive' : (named ?? 'SingleLineText'),
    options: optionsOf(settings),
    isSensitive: isSensitive || named === 'Sensitive',
    defaultValue: isSensitive || named === 'Sensitive' ? null : value,
    hasDefault: value !== null && value !== '',
  }
}

/** By label, then by name: the order in which they are asked. */
export const inOrder = (prompts: readonly Prompt[]): Prompt[] => {
  const key = ({ label, name }: Prompt) => `${label}\n${name}`.toLowerCase()
  return [...prompts].sort((left, right) => (key(left) < key(right) ? -1 : 1))
}

/**
 * The answers by variable id. A question may be named by its id, its variable or its label; a
 * question without an answer leaves the stored value.
 * @throws Problem `invalid`, telling all that is missing, unknown or not among the options
 */
export const readAnswers = (
  prompts: readonly Prompt[],
  given: Readonly<Record<string, string>>,
  where: string,
): Record<string, string> => {
  const answers: Record<string, string> = {}
  const problems: string[] = []
  for (const [key, text] of Object.entries(given)) {
    const asked = named(prompts, key)
    if (asked.length === 0) problems.push(unknown(prompts, key, where))
    for (const prompt of asked) {
      const answer = readAnswer(prompt, text)
      if (typeof answer === 'object') problems.push(answer.problem)
      // A secret's field is always empty at first: left so, what is stored holds.
      else if (answer !== '' || !prompt.isSensitive) answers[prompt.id] = answer
    }
  }
  for (const prompt of prompts) {
    if (!prompt.isRequired || answers[prompt.id] || (prompt.hasDefault && !(prompt.id in answers)))
      continue
    problems.push(`Deploying to ${where} needs a value for ${words(prompt)}; none was given.`)
  }
  if (problems.length > 0) throw invalid(problems.slice(0, 20).join(' '))
  return answers
}

const named = (prompts: readonly Prompt[], key: string): Prompt[] => {
  const lower = key.trim().toLowerCase()
  for (const field of ['id', 'name', 'label'] as const) {
    const found = prompts.filter(prompt => prompt[field].toLowerCase() === lower)
    if (found.length > 0) return found
  }
  return []
}

const words = ({ label, name }: Prompt) => (label === name ? name : `${label} (${name})`)

const unknown = (prompts: readonly Prompt[], key: string, where: string): string => {
  const known = prompts.slice(0, 10).map(words).join(', ')
  return (
    `There is no prompted variable '${key.slice(0, 200)}' for ${where}. ` +
    (known === '' ? 'Nothing is asked for there.' : `There are: ${known}.`)
  )
}

const readAnswer = (prompt: Prompt, text: string): string | { problem: string } => {
  const { control, options, isSensitive } = prompt
  const unmaskable = isSensitive && text !== '' ? whyNotMaskable(text) : undefined
  if (unmaskable) return { problem: `The answer to ${words(prompt)} ${unmaskable}.` }
  if (control === 'Checkbox') {
    const lower = text.trim().toLowerCase()
    if (lower === 'true' || lower === '1' || lower === 'on') return 'True'
    if (lower === 'false' || lower === '0' || lower === 'off' || lower === '') return 'False'
    return { problem: `${words(prompt)} is True or False; found '${text.slice(0, 100)}'.` }
  }
  if (control !== 'Select' || text === '') return text
  const chosen =
    options.find(({ value }) => value === text) ?? options.find(({ label }) => label === text)
  if (chosen) return chosen.value
  return {
    problem: `${words(prompt)} is one of ${options
      .slice(0, 20)
      .map(({ value }) => value)
      .join(', ')}; found '${text.slice(0, 100)}'.`,
  }
}
