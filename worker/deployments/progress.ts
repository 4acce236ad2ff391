import { endStep, finish } from './ending.ts'
import { isFinalStatus, isHalted, type Progress } from './execution-state.ts'
import { continueLane, endLane, unmet } from './lane.ts'
import type { Oracle } from './oracle.ts'
import type { Turn } from './turn.ts'
import { laneNode, stepNode } from './whereabouts.ts'

/** Begins whatever can begin, and ends what has come to its end. */
export const advance = (turn: Turn, oracle: Oracle): void => {
  const { state } = turn
  if (state.delay !== null) return
  // Each round begins a later group or returns: as many rounds as there are groups.
  for (let round = 0; round <= state.plan.steps.length + 1; round++) {
    if (isFinalStatus(state.status)) return
    const current = stepsOf(turn, state.group)
    for (const index of current) advanceStep(turn, oracle, index)
    if (current.some(index => state.steps[index]?.status === 'Running')) return
    const next = state.plan.steps.find(step => step.group > state.group)
    if (!next || state.cancel?.isFinal) {
      finish(turn)
      return
    }
    state.group = next.group
    beginGroup(turn, oracle)
  }
  throw new Error('the plan did not come to rest')
}

const stepsOf = ({ state }: Turn, group: number): number[] =>
  state.plan.steps.flatMap((step, index) => (step.group === group ? [index] : []))

/** Conditions are asked once for the whole group: its members start together. */
const beginGroup = (turn: Turn, oracle: Oracle): void => {
  const verdicts = stepsOf(turn, turn.state.group).map(
    index => [index, verdictOn(turn, oracle, index)] as const,
  )
  for (const [index, { status, reason }] of verdicts) {
    const planned = turn.state.plan.steps[index]
    if (!planned) continue
    const step = turn.step(index)
    step.startedAt = turn.now
    step.status = status
    if (status === 'Running') {
      tellKept(turn, index)
      continue
    }
    step.endedAt = turn.now
    step.message = reason
    if (status === 'Skipped') turn.note(stepNode(planned), 'info', `Skipped: ${reason}`)
    else for (const at of step.lanes.keys()) turn.lane(index, at).status = status
  }
}

const tellKept = (turn: Turn, index: number): void => {
  const planned = turn.state.plan.steps[index]
  for (const [at, { isKept, message }] of (turn.state.steps[index]?.lanes ?? []).entries()) {
    const lane = planned?.lanes[at]
    if (planned && lane && isKept) turn.note(laneNode(planned, lane), 'info', message ?? '')
  }
}

type Verdict = {
  status: Extract<Progress, 'Running' | 'Skipped' | 'Canceled'>
  reason: string | null
}
const RUN: Verdict = { status: 'Running', reason: null }
const skip = (reason: string): Verdict => ({ status: 'Skipped', reason })

const verdictOn = (turn: Turn, oracle: Oracle, index: number): Verdict => {
  const { plan, error, cancel } = turn.state
  const step = plan.steps[index]
  if (!step) throw new Error(`the plan has no step ${index}`)
  if (step.skip !== null) return skip(step.skip)
  if (isHalted(turn.state, index))
    return { status: 'Canceled', reason: 'The deployment was canceled.' }
  // What was done already needs no condition.
  if (turn.state.steps[index]?.lanes.every(({ isKept }) => isKept)) return RUN
  switch (step.condition) {
    case 'Success':
      return error === null || step.isFinalizer ? RUN : skip('A step before it failed.')
    case 'Failure':
      return error !== null || step.isFinalizer
        ? RUN
        : skip('It runs only when a step before it failed.')
    case 'Always':
      return RUN
    case 'Cancelled':
      return cancel || step.isFinalizer
        ? RUN
        : skip('It runs only when the deployment is cancelled.')
    case 'Variable': {
      const { holds, why } = oracle.holds(turn.state, { step: index, lane: null, action: null })
      return holds ? RUN : skip(unmet(why))
    }
  }
}

/** Fills the step's window. A rolling step begins no further target after one has failed; those at
 *  work go on to their end. */
const advanceStep = (turn: Turn, oracle: Oracle, index: number): void => {
  const { plan, steps } = turn.state
  const planned = plan.steps[index]
  if (!planned || steps[index]?.status !== 'Running') return
  const statusAt = (at: number) => turn.state.steps[index]?.lanes[at]?.status
  const count = { running: 0, failed: 0 }
  const tally = (at: number) => {
    if (statusAt(at) === 'Running') count.running++
    if (statusAt(at) === 'Failed' || statusAt(at) === 'Abandoned') count.failed++
  }
  for (let at = 0; at < planned.lanes.length; at++) tally(at)
  for (let at = 0; at < planned.lanes.length; at++) {
    const isOver = planned.isRolling && count.failed > 0
    if (isHalted(turn.state, index) || isOver || count.running >= planned.window) break
    if (statusAt(at) !== 'Pending') continue
    beginLane(turn, oracle, index, at)
    tally(at)
  }
  if (count.running === 0) endStep(turn, index)
}

const beginLane = (turn: Turn, oracle: Oracle, step: number, at: number): void => {
  const { plan, excludedTargetIds } = turn.state
  const targetId = plan.steps[step]?.lanes[at]?.targetId
  const lane = turn.lane(step, at)
  lane.startedAt = turn.now
  if (targetId && excludedTargetIds.includes(targetId)) {
    const reason = `${plan.targets[targetId]?.name ?? targetId} was taken out of the deployment.`
    endLane(turn, step, at, 'Skipped', reason)
    return
  }
  lane.status = 'Running'
  continueLane(turn, oracle, step, at)
}
