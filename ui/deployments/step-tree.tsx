import { Icon } from '../components/icon.tsx'
import { type Status, StatusIcon, statusWord } from '../components/status.tsx'
import { Duration } from '../components/time.tsx'
import { useFrame } from '../frame.tsx'
import { links, withoutPlace, withQuery } from '../links.ts'

/** What stands beside a node: "attempt 2 of 4, next in 30 s", "kept from an earlier deployment". */
export type TreeNote = { text: string; href?: string | undefined; kind: 'wait' | 'plain' }

export type TreeTarget = {
  /** Absent where the step runs on a worker. */
  targetId?: string | undefined
  name: string
  status: Status
  /** Another word for the state: "Timed out". */
  word?: string | undefined
  notes?: TreeNote[] | undefined
  startedAt?: number | undefined
  endedAt?: number | undefined
  /** Why it failed, waits or was skipped. */
  reason?: string | undefined
  /** The first line of it in the log. */
  firstLine?: number | undefined
  /** Where a step has several: the actions that run here one after the other. */
  actions?: TreeTarget[] | undefined
}

export type TreeStep = {
  id: string
  name: string
  status: Status
  word?: string | undefined
  notes?: TreeNote[] | undefined
  startedAt?: number | undefined
  endedAt?: number | undefined
  reason?: string | undefined
  /** 0 to 100 while something tells. */
  progress?: number | undefined
  targets: TreeTarget[]
}

/** Steps, and under each its targets. Choosing a step shows only its lines. */
export const StepTree = ({ steps, chosen }: { steps: TreeStep[]; chosen?: string | undefined }) => {
  const { path } = useFrame()
  return (
    <>
      {chosen && (
        <a class="button button-quiet button-small" href={withQuery(path, 'step', undefined)}>
          Show all steps' lines
        </a>
      )}
      <ol class="tree">
        {steps.map(step => (
          <li class={`tree-step${step.id === chosen ? ' tree-chosen' : ''}`}>
            <a
              class="tree-row"
              href={withQuery(withoutPlace(path), 'step', step.id)}
              title={step.word ?? statusWord(step.status)}
            >
              <StatusIcon status={step.status} word={step.word} />
              <span class="tree-name">{step.name}</span>
              <span class="tree-time">
                {step.startedAt !== undefined && (
                  <Duration startedAt={step.startedAt} endedAt={step.endedAt} />
                )}
              </span>
            </a>
            {step.progress !== undefined && step.status === 'running' && (
              <progress class="tree-progress" max={100} value={step.progress}>
                {step.progress} %
              </progress>
            )}
            {step.reason && <p class="tree-reason">{step.reason}</p>}
            <Notes notes={step.notes} />
            {step.targets.length > 0 && (
              <ul>
                {step.targets.map(target => (
                  <TreeTargetRow target={target} />
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
    </>
  )
}

const TreeTargetRow = ({ target }: { target: TreeTarget }) => (
  <li>
    <span class="tree-row">
      <StatusIcon status={target.status} word={target.word} />
      <span class="tree-name">
        {target.targetId ? <a href={links.target(target.targetId)}>{target.name}</a> : target.name}
      </span>
      {target.firstLine !== undefined && (
        <a
          class="tree-line"
          href={`#L${target.firstLine}`}
          aria-label={`Log of ${target.name}`}
          title="First line in the log"
        >
          <Icon name="right" />
        </a>
      )}
      <span class="tree-time">
        {target.startedAt !== undefined && (
          <Duration startedAt={target.startedAt} endedAt={target.endedAt} />
        )}
      </span>
    </span>
    {target.reason && <p class="tree-reason">{target.reason}</p>}
    <Notes notes={target.notes} />
    {target.actions && target.actions.length > 0 && (
      <ul>
        {target.actions.map(action => (
          <TreeTargetRow target={action} />
        ))}
      </ul>
    )}
  </li>
)

const Notes = ({ notes = [] }: { notes?: TreeNote[] | undefined }) => (
  <>
    {notes.map(({ text, href, kind }) => (
      <p class={kind === 'wait' ? 'tree-reason tree-wait' : 'tree-reason'}>
        {href ? (
          <a class="link" href={href}>
            {text}
          </a>
        ) : (
          text
        )}
      </p>
    ))}
  </>
)
