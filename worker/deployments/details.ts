import { type InterruptionFacts, interruptionId } from '../interruptions/interruption.ts'
import type { LogNode, LogStatus, NodeNote } from '../tasks/log.ts'
import type { Attempt, Execution, Interruption, LaneRun, Progress } from './execution-state.ts'
import type { Inputs } from './inputs.ts'
import { actionNotes, stepNotes, verdictOn } from './node-notes.ts'
import type { PlannedStep } from './plan.ts'
import {
  laneNode,
  lateNodeOf,
  nodeOf,
  placed,
  stepNode,
  stepTitle,
  targetName,
} from './whereabouts.ts'

const statusOf = (status: Progress, hasWarnings: boolean): LogStatus => {
  if (status === 'Abandoned') return 'Failed'
  return status === 'Success' && hasWarnings ? 'SuccessWithWarning' : status
}

const TASK_STATUS = {
  Executing: 'Running',
  Cancelling: 'Running',
  Success: 'Success',
  Failed: 'Failed',
  Canceled: 'Canceled',
  TimedOut: 'Failed',
} as const

/** The task's log as a tree: task, steps, the places each runs on and, where a step has several,
 *  its actions. */
export const treeOf = (execution: Execution, { task }: Pick<Inputs, 'task'>): LogNode => {
  const { status, hasWarnings, startedAt, endedAt, error, plan, steps } = execution
  const overall = TASK_STATUS[status]
  return {
    node: '',
    name: task.description,
    status: overall === 'Success' && hasWarnings ? 'SuccessWithWarning' : overall,
    startedAt,
    endedAt,
    message: error,
    children: plan.steps.map((planned, index): LogNode => {
      const run = steps[index]
      return {
        node: stepNode(planned),
        name: stepTitle(planned),
        status: run ? statusOf(run.status, run.hasWarnings) : 'Pending',
        startedAt: run?.startedAt ?? null,
        endedAt: run?.endedAt ?? null,
        message: run?.message ?? null,
        ...noted(stepNotes(execution, index)),
        children: (run?.lanes ?? []).map((lane, at) =>
          laneTree(execution, planned, index, lane, at),
        ),
      }
    }),
  }
}

const noted = (notes: NodeNote[]) => (notes.length > 0 ? { notes } : {})

const laneTree = (
  execution: Execution,
  planned: PlannedStep,
  step: number,
  run: LaneRun,
  at: number,
): LogNode => {
  const { plan } = execution
  const lane = planned.lanes[at] ?? { targetId: null }
  const target = lane.targetId === null ? undefined : plan.targets[lane.targetId]
  const isPlain = planned.actions.length === 1
  const only = { step, lane: at, action: 0 }
  const last = attemptAt(execution, run, 0)
  return {
    node: laneNode(planned, lane),
    name: target?.name ?? (planned.actions[0]?.manual ? 'Deployment' : 'Worker'),
    status: statusOf(run.status, run.hasWarnings),
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    message: run.message ?? (isPlain && last ? (verdictOn(execution, last) ?? null) : null),
    ...(isPlain && noted(actionNotes(execution, run, only))),
    children: isPlain
      ? lateNode(execution, run, only)
      : planned.actions.map((_, action) => actionTree(execution, run, { step, lane: at, action })),
  }
}

type Place = { step: number; lane: number; action: number }

const attemptAt = ({ attempts }: Execution, run: LaneRun, action: number) =>
  attempts[(run.attempts[action] ?? 0) - 1]

const actionTree = (execution: Execution, run: LaneRun, place: Place): LogNode => {
  const { action } = placed(execution.plan, place)
  const attempt = attemptAt(execution, run, place.action)
  return {
    node: nodeOf(execution.plan, place),
    name: `${action.number}: ${action.name}`,
    status: actionStatus(run, place.action, attempt),
    startedAt: attempt?.claimedAt ?? null,
    endedAt: attempt?.endedAt ?? null,
    message: (attempt && verdictOn(execution, attempt)) ?? attempt?.reason ?? action.skip,
    ...noted(actionNotes(execution, run, place)),
    children: lateNode(execution, run, place),
  }
}

const actionStatus = (run: LaneRun, action: number, attempt: Attempt | undefined): LogStatus => {
  if (run.isKept) return 'Success'
  const isAtHand = run.status === 'Running' && run.action === action
  if (isAtHand && (run.question !== null || run.retryAt !== null)) return 'Running'
  if (attempt) return ATTEMPT_STATUS[attempt.state]
  return run.endedAt === null && action >= run.action ? 'Pending' : 'Skipped'
}

/** What its runner sent after the end, apart from what counts. */
const lateNode = (execution: Execution, run: LaneRun, place: Place): LogNode[] =>
  run.attempts[place.action] &&
  execution.attempts.some(each => each.hasLateLog && isAt(each, place))
    ? [
        {
          node: lateNodeOf(execution.plan, place),
          name: 'Came after the end',
          status: 'Skipped',
          startedAt: null,
          endedAt: null,
          message: null,
          children: [],
        },
      ]
    : []

const isAt = (attempt: Attempt, { step, lane, action }: Place) =>
  attempt.step === step && attempt.lane === lane && attempt.action === action

const ATTEMPT_STATUS = {
  Pending: 'Pending',
  Offered: 'Pending',
  Running: 'Running',
  Unreachable: 'Running',
  Succeeded: 'Success',
  Failed: 'Failed',
  TimedOut: 'Failed',
  Unknown: 'Failed',
  Canceled: 'Canceled',
  Withdrawn: 'Canceled',
} as const

/** How many of the places that are to work have come to their end, in percent. */
export const progressOf = ({ steps, endedAt }: Execution): number => {
  if (endedAt !== null) return 100
  const lanes = steps.flatMap(step => (step.status === 'Skipped' ? [] : step.lanes))
  const over = lanes.filter(lane => lane.endedAt !== null).length
  return lanes.length === 0 ? 0 : Math.floor((over * 100) / lanes.length)
}

/** Every node of the tree, parents first. */
export const nodesOf = (tree: LogNode): string[] => [tree.node, ...tree.children.flatMap(nodesOf)]

/** An interruption as everybody is shown it. */
export const factsOf = (execution: Execution, asked: Interruption): InterruptionFacts => {
  const { kind, title, instructions, choices, responsibleTeamIds, responsible, answeredBy } = asked
  const { state, createdAt, endedAt, answer, notes } = asked
  const { action } = placed(execution.plan, asked)
  return {
    id: interruptionId(execution.deployment, asked.number),
    kind,
    title,
    instructions,
    stepName: action.name,
    placeName: targetName(execution.plan, asked) ?? '',
    choices,
    responsibleTeamIds,
    responsibleUserId: responsible?.id ?? null,
    responsibleUserName: responsible?.displayName ?? null,
    state,
    createdAt,
    endedAt,
    answer,
    notes,
    answeredById: answeredBy?.id ?? null,
    answeredByName: answeredBy?.displayName ?? null,
  }
}
