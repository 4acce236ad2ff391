import {
  type AnsweredInterruption,
  AnsweredInterruptions,
  InterruptionPanel,
  type ShownInterruption,
} from '../interruptions/interruption-panel.tsx'

/** What the deployment asks now, then what it asked before. */
export const Questions = (props: {
  pending: ShownInterruption[]
  answered: AnsweredInterruption[]
}) => (
  <>
    {props.pending.map(interruption => (
      <InterruptionPanel interruption={interruption} />
    ))}
    <AnsweredInterruptions answered={props.answered} />
  </>
)
