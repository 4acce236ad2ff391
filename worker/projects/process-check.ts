import { MAX_REBOOTS } from '../../runner/protocol/limits.ts'
import { invalid } from '../http/problem.ts'
import { checkAcquisition } from './process-acquisition.ts'
import type {
  ActionDocument,
  ProcessDocument,
  PropertyInput,
  StepDocument,
} from './process-document.ts'

const WINDOW = 'Octopus.Action.MaxParallelism'
const TIMEOUT = 'Octopus.Action.ExecutionTimeout.Minutes'
const RETRIES = 'Octopus.Action.AutoRetry.MaximumCount'
const BACKOFF = 'Octopus.Action.AutoRetry.MinimumBackoff'
const EXPRESSIONS = [
  'Octopus.Step.ConditionVariableExpression',
  'Octopus.Action.ConditionVariableExpression',
]
const REBOOTS = 'Slipway.Action.MaximumReboots'
const FLAGS = [
  'Slipway.Step.IsFinalizer',
  'Slipway.Action.RetrySafe',
  'Slipway.Action.ExpectsReboot',
  'Octopus.Action.RunOnServer',
]

const MAX_TIMEOUT_MINUTES = 43_200
const MAX_BACKOFF_SECONDS = 3_600

type Properties = Record<string, PropertyInput>

/**
 * Refuses what could only go wrong when it runs: settings of steps that mean nothing, and steps
 * that lack what their kind needs.
 * @throws Problem `invalid`, naming the step, what was found and what is expected
 */
export const checkSettings = (process: ProcessDocument): void => {
  checkAcquisition(process)
  for (const step of process.Steps) {
    const name = `Step '${step.Name}'`
    checkNumbers(name, step.Properties)
    checkCondition(name, step)
    for (const action of step.Actions) {
      const part = step.Actions.length > 1 ? `Child step '${action.Name}'` : name
      checkNumbers(part, action.Properties)
      if (step.Actions.length > 1) checkCondition(part, action)
      checkManual(part, action)
    }
  }
}

const checkNumbers = (name: string, properties: Properties): void => {
  const text = (property: string) => {
    const value = properties[property]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
  }
  const refuse = (what: string, found: string, expected: string): never => {
    throw invalid(`${name} has ${what} of '${found.slice(0, 100)}'; it must be ${expected}.`)
  }
  const window = text(WINDOW)
  if (window !== null && !window.includes('#{') && !isWhole(window, 1, 10_000))
    refuse(
      'a rolling window',
      window,
      'a whole number of 1 or more, or an expression that comes to one. Leave it out to deploy to up to 10 targets at once',
    )
  const timeout = text(TIMEOUT)
  if (timeout !== null && !isWithin(timeout, 0, MAX_TIMEOUT_MINUTES))
    refuse('a time-out', timeout, `minutes from 0, for none, to ${MAX_TIMEOUT_MINUTES}`)
  const retries = text(RETRIES)
  if (retries !== null && !isWhole(retries, 0, 3))
    refuse('a number of retries', retries, '0, 1, 2 or 3')
  const backoff = text(BACKOFF)
  if (backoff !== null && !isWithin(backoff, 0, MAX_BACKOFF_SECONDS))
    refuse('a wait before a retry', backoff, `seconds from 0 to ${MAX_BACKOFF_SECONDS}`)
  const reboots = text(REBOOTS)
  if (reboots !== null && !isWhole(reboots, 1, MAX_REBOOTS))
    refuse('a number of restarts', reboots, `from 1 to ${MAX_REBOOTS}`)
  for (const property of FLAGS) {
    const flag = text(property)
    if (flag !== null && !/^(true|false)$/i.test(flag))
      refuse(`a value for ${property}`, flag, 'True or False')
  }
}

const isWithin = (text: string, min: number, max: number) => {
  const value = Number(text)
  return Number.isFinite(value) && value >= min && value <= max
}
const isWhole = (text: string, min: number, max: number) =>
  isWithin(text, min, max) && Number.isInteger(Number(text))

const checkCondition = (
  name: string,
  { Condition, Properties }: Pick<StepDocument | ActionDocument, 'Condition' | 'Properties'>,
): void => {
  if (Condition !== 'Variable') return
  const isGiven = EXPRESSIONS.some(property => isFilled(Properties[property]))
  if (!isGiven)
    throw invalid(
      `${name} runs on the condition Variable, but has no expression. Give it one in ` +
        `${EXPRESSIONS[0]}, such as #{if Deploy}True#{/if}, or choose another condition.`,
    )
}

const isFilled = (value: PropertyInput | undefined): boolean =>
  typeof value === 'string' ? value.trim() !== '' : value !== undefined

const checkManual = (name: string, { ActionType, Properties }: ActionDocument): void => {
  if (ActionType !== 'Octopus.Manual') return
  if (!isFilled(Properties['Octopus.Action.Manual.Instructions']))
    throw invalid(
      `${name} waits for a person, but has no instructions. Say in ` +
        'Octopus.Action.Manual.Instructions what is to be looked at or done.',
    )
}
