import { formatDuration } from '../../ui/components/format.ts'
import type { Status } from '../../ui/components/status.tsx'
import type { TreeNote, TreeStep, TreeTarget } from '../../ui/deployments/step-tree.tsx'
import { interruptionAnchor } from '../../ui/interruptions/interruption-panel.tsx'
import { links } from '../../ui/links.ts'
import type { LogNode, NodeNote } from '../tasks/log.ts'
import { shownNode } from '../tasks/portal-status.ts'
import { HIDDEN } from '../tasks/wait.ts'

/** The tree as the page shows it; steps without their number, which the list has anyway. */
export const shownSteps = (
  tree: LogNode | undefined,
  lines: ReadonlyMap<string, number>,
  now: number,
): TreeStep[] =>
  (tree?.children ?? []).map(step => {
    const targets = step.children.map(lane => shownTarget(lane, step, lines, now))
    return {
      id: step.node,
      name: step.name.replace(/^Step \d+: /, ''),
      ...asTheirs(noted(step, now), targets),
      ...times(step),
      reason: step.message ?? undefined,
      targets,
    }
  })

/** What runs and waits for a person somewhere is shown so from the top. */
const asTheirs = <T extends { status: Status; word?: string | undefined }>(
  own: T,
  parts: { status: Status; word?: string | undefined }[],
): T => {
  const waiting = parts.find(({ status }) => status === 'waiting')
  return waiting && own.status === 'running'
    ? { ...own, status: waiting.status, word: waiting.word }
    : own
}

const shownTarget = (
  node: LogNode,
  parent: Pick<LogNode, 'message' | 'endedAt'>,
  lines: ReadonlyMap<string, number>,
  now: number,
): TreeTarget => {
  const actions = node.children.map(action =>
    shownTarget(action, parent.endedAt === null ? node : parent, lines, now),
  )
  return {
    targetId: /(Machines-\d+)$/.exec(node.node)?.[1],
    name: node.name,
    ...asTheirs(noted(ended(node, parent), now), actions),
    ...times(node),
    reason: node.message && node.message !== parent.message ? node.message : undefined,
    firstLine: lines.get(node.node),
    actions,
  }
}

/** What has not begun when all is over will not. */
const ended = (node: LogNode, parent: Pick<LogNode, 'endedAt'>): LogNode =>
  node.status === 'Pending' && parent.endedAt !== null ? { ...node, status: 'Skipped' } : node

const times = ({ status, startedAt, endedAt }: LogNode) =>
  status === 'Skipped' ? {} : { startedAt: startedAt ?? undefined, endedAt: endedAt ?? undefined }

/** The state of a node with what its notes make of it. */
const noted = ({ status, notes = [] }: LogNode, now: number) => {
  const looks = notes.map(note => noteLook(note, now))
  const state = looks.find(({ state }) => state)?.state
  return {
    status: state?.status ?? shownNode(status),
    word: state?.word,
    notes: looks.flatMap(({ note }) => note ?? []),
  }
}

type NoteLook = { state?: { status: Status; word?: string }; note?: TreeNote }

const noteLook = (note: NodeNote, now: number): NoteLook => {
  switch (note.type) {
    case 'person':
      return {
        state: { status: 'waiting', word: 'Waiting for a person' },
        note: {
          kind: 'wait',
          text: 'Waiting for a person',
          href: `#${interruptionAnchor(note.interruption)}`,
        },
      }
    case 'target':
      return {
        note: {
          kind: 'wait',
          text: `Waiting for ${note.name}, held by ${note.heldBy?.taskId ?? HIDDEN}`,
          href: note.heldBy ? links.deployment(note.heldBy.deploymentId) : undefined,
        },
      }
    case 'retry':
      return {
        note: {
          kind: note.at !== null && note.at > now ? 'wait' : 'plain',
          text: `Attempt ${note.attempt} of ${note.of}${
            note.at !== null && note.at > now ? `, in ${formatDuration(note.at - now)}` : ''
          }`,
        },
      }
    case 'timed-out':
      return {
        state: { status: 'failed', word: 'Timed out' },
        note: { kind: 'plain', text: `Timed out after ${formatDuration(note.afterMs)}` },
      }
    case 'unknown':
      return {
        state: { status: 'unknown' },
        note: { kind: 'plain', text: 'Nobody knows whether it ran to its end.' },
      }
    case 'handled':
      return { state: { status: 'handled' } }
    case 'kept':
      return {
        note: {
          kind: 'plain',
          text: 'Done by an earlier deployment, and kept',
          href: links.deployment(note.deploymentId),
        },
      }
    case 'finalizer':
      return { note: { kind: 'plain', text: 'Runs whatever becomes of the others' } }
  }
}
