import { Icon } from '../components/icon.tsx'
import { type Status, StatusIcon, statusWord } from '../components/status.tsx'
import { Duration } from '../components/time.tsx'
import { useFrame } from '../frame.tsx'
import { links, withoutPlace, withQuery } from '../links.ts'

export type TreeTarget = {
  /** Absent where the step runs on a worker. */
  targetId?: string | undefined
  name: string
  status: Status
  startedAt?: number | undefined
  endedAt?: number | undefined
  /** Why it failed, waits or was skipped. */
  reason?: string | undefined
  /** 2 and more: earlier attempts are in the log. */
  attempt?: number | undefined
  /** The first line of it in the log. */
  firstLine?: number | undefined
}

export type TreeStep = {
  id: string
  name: string
  status: Status
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
              title={statusWord(step.status)}
            >
              <StatusIcon status={step.status} />
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
      <StatusIcon status={target.status} />
      <span class="tree-name">
        {target.targetId ? <a href={links.target(target.targetId)}>{target.name}</a> : target.name}
        {(target.attempt ?? 1) > 1 && <span class="faint"> attempt {target.attempt}</span>}
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
  </li>
)
