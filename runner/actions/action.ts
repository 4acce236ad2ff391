import type { Home } from '../home.ts'
import type { StepLog } from '../log/step-log.ts'
import type { Grant } from '../protocol/messages.ts'
import type { StepVariables } from '../variables.ts'

/** What an action is given to do its work in. */
export type ActionContext = {
  grant: Grant
  home: Home
  /** This attempt's own folder, 0700, removed afterwards. */
  work: string
  variables: StepVariables
  log: StepLog
  /** Aborted when the step is canceled or runs out of time. */
  stop: AbortSignal
}

/** Does the step; throws {@link StepFailure} when it failed. */
export type Action = (context: ActionContext) => Promise<void>

/** The step has failed, in words a person should read. */
export class StepFailure extends Error {
  readonly exitCode: number | null
  readonly signal: string | null

  constructor(message: string, exitCode: number | null = null, signal: string | null = null) {
    super(message)
    this.exitCode = exitCode
    this.signal = signal
  }
}
