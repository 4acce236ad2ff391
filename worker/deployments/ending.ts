import type { Conclusion, Execution, Progress } from './execution-state.ts'
import { pendingOf, withdrawQuestion } from './interruptions.ts'
import type { Turn } from './turn.ts'
import { laneNode } from './whereabouts.ts'

/** All places of the step have come to their end, or never began. */
export const endStep = (turn: Turn, index: number): void => {
  const planned = turn.state.plan.steps[index]
  const lanes = turn.state.steps[index]?.lanes ?? []
  for (const [at, { status }] of lanes.entries()) {
    const place = planned?.lanes[at]
    if (status !== 'Pending' || !planned || !place) continue
    const lane = turn.lane(index, at)
    lane.status = turn.state.cancel ? 'Canceled' : 'Skipped'
    lane.message = turn.state.cancel ? 'The deployment was canceled.' : 'The step failed elsewhere.'
    if (lane.status === 'Skipped')
      turn.note(laneNode(planned, place), 'info', `Not started: ${lane.message}`)
  }
  const step = turn.step(index)
  step.status = statusOf(step.lanes.map(({ status }) => status))
  step.hasWarnings = step.lanes.some(({ hasWarnings }) => hasWarnings)
  step.endedAt = turn.now
  if (step.lanes.length > 0 && step.lanes.every(({ isKept }) => isKept))
    step.message = step.lanes[0]?.message ?? null
  if (step.hasWarnings) turn.state.hasWarnings = true
}

const statusOf = (lanes: Progress[]): Progress => {
  const first = (['Failed', 'Abandoned', 'Canceled'] as const).find(each => lanes.includes(each))
  if (first) return first
  return lanes.length > 0 && lanes.every(status => status === 'Skipped') ? 'Skipped' : 'Success'
}

/** The end of the deployment: what never began is canceled, what was asked need not be answered. */
export const finish = (turn: Turn): void => {
  const { state } = turn
  for (const { number } of pendingOf(state.interruptions))
    withdrawQuestion(turn, number, 'the deployment has ended')
  for (const [index, step] of state.steps.entries()) {
    if (step.status === 'Running') endStep(turn, index)
    if (step.status !== 'Pending') continue
    turn.step(index).status = 'Canceled'
    for (const at of step.lanes.keys()) turn.lane(index, at).status = 'Canceled'
  }
  state.status = state.cancel ? 'Canceled' : state.error === null ? 'Success' : 'Failed'
  state.conclusion = conclusionOf(state)
  state.waitingFor = null
  state.holders = []
  state.endedAt = turn.now
  const { level, text, category } = CLOSING[state.status]
  turn.note('', level, state.conclusion === 'handled' ? HANDLED : text)
  turn.record(category, state.error ?? '')
  turn.do({ type: 'finished' })
}

/** What is made of how it ended. */
const conclusionOf = (state: Execution): Conclusion => {
  const { status, error, cause, hasWarnings, steps } = state
  if (status === 'Canceled')
    return steps.some(step => step.status === 'Abandoned') ? 'unknown' : 'canceled'
  if (error === null) return hasWarnings ? 'with-warnings' : 'succeeded'
  return isHandled(state) ? 'handled' : (cause ?? 'failed')
}

/** Every step that failed is followed by one for failures that succeeded. */
const isHandled = ({ plan, steps }: Execution): boolean => {
  const failed = plan.steps.filter((_, index) => steps[index]?.status === 'Failed')
  const handlers = plan.steps.filter(
    ({ condition }, index) => condition === 'Failure' && steps[index]?.status === 'Success',
  )
  return (
    failed.length > 0 && failed.every(step => handlers.some(handler => handler.group > step.group))
  )
}

const HANDLED = 'The deployment failed, and a later step dealt with the failure.'
const CLOSING = {
  Success: {
    level: 'info',
    text: 'The deployment succeeded.',
    category: 'DeploymentSucceeded',
  },
  Failed: { level: 'error', text: 'The deployment failed.', category: 'DeploymentFailed' },
  Canceled: {
    level: 'warning',
    text: 'The deployment was canceled.',
    category: 'DeploymentCanceled',
  },
} as const
