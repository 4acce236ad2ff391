/** A question that a running deployment asks people. The deployment owns it; the row is its copy. */
export type InterruptionKind =
  /** An action failed and its deployment asks before it gives up. */
  | 'guided-failure'
  /** A step of the process that waits for a person's word. */
  | 'manual'
  /** Nobody knows whether an action ran to its end. */
  | 'unknown'

/** What can be answered. Of a failure: `Fail` to `ExcludeMachine`; of a manual step: `Proceed` or
 *  `Abort`; of an unknown outcome: the last three. */
export const CHOICES = [
  'Fail',
  'Retry',
  'Ignore',
  'ExcludeMachine',
  'Proceed',
  'Abort',
  'MarkSucceeded',
  'MarkFailed',
  'RunAgain',
] as const
export type Choice = (typeof CHOICES)[number]

/** `Canceled`: the deployment ended before anybody answered. */
export type InterruptionState = 'Pending' | 'Submitted' | 'Canceled'

/** Who answers, as the manual step's output variables name them. */
export type Responder = { id: string; username: string; displayName: string; emailAddress: string }

/** `Interruptions-12-1` is the first of `Deployments-12`. */
export const interruptionId = (deployment: string, number: number): string =>
  `Interruptions-${deployment.slice(deployment.lastIndexOf('-') + 1)}-${number}`

/** An interruption as pages and the API show it; the row of `interruptions` has the same fields. */
export type InterruptionFacts = {
  id: string
  kind: InterruptionKind
  title: string
  /** Markdown, already evaluated. */
  instructions: string
  stepName: string
  /** The target it is about; empty for none. */
  placeName: string
  choices: Choice[]
  /** Empty: anybody with the permission. */
  responsibleTeamIds: string[]
  responsibleUserId: string | null
  responsibleUserName: string | null
  state: InterruptionState
  createdAt: number
  endedAt: number | null
  answer: Choice | null
  notes: string
  answeredById: string | null
  answeredByName: string | null
}

/** Why a deployment does not take what somebody says to it. */
export type InterruptionRefusal = {
  type: 'refused'
  code: 'missing' | 'conflict' | 'invalid' | 'forbidden'
  message: string
}
export type InterruptionReply = { type: 'done' } | InterruptionRefusal

/** What a deployment's object is told about its interruptions. Nothing is thrown. */
export type InterruptionSurface = {
  /** Only who has taken responsibility may answer; `takeOver` takes it from somebody else. */
  takeResponsibility(request: {
    interruption: string
    user: Responder
    teamIds: string[]
    takeOver?: boolean
  }): Promise<InterruptionReply>
  submitInterruption(request: {
    interruption: string
    user: Responder
    teamIds: string[]
    choice: Choice
    notes: string
  }): Promise<InterruptionReply>
}

export const MAX_NOTES_CHARACTERS = 10_000

/** The choice that a text names, in any letter case; undefined for none. `Exclude` is short for
 *  excluding the machine. */
export const parseChoice = (text: string): Choice | undefined => {
  const wanted = text.trim().toLowerCase()
  return wanted === 'exclude'
    ? 'ExcludeMachine'
    : CHOICES.find(choice => choice.toLowerCase() === wanted)
}

/** The field of the form that carries the answer, as clients know it. */
export const answerField = (kind: InterruptionKind): 'Result' | 'Guidance' =>
  kind === 'manual' ? 'Result' : 'Guidance'
