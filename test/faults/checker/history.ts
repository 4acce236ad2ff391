/** What happened in one world, as plain JSON: taken down while it happened and read from the disks
 *  afterwards. Instants are epoch milliseconds of this machine. */
export type History = {
  fault: string
  /** By the steps themselves, fsynced, on the target. */
  ledger: LedgerEntry[]
  deployments: DeploymentFacts[]
  /** Each state a task was seen in, in order; from the database itself. */
  states: { at: number; task: string; key: string; state: string; holdsKey: boolean }[]
  /** What runners said and were answered. */
  messages: Message[]
  /** Of everybody: runners and people. */
  answers: { at: number; method: string; path: string; status: number }[]
  /** While the suite was doing harm, and a moment after. */
  windows: { from: number; to: number }[]
  /** Answers to "make a deployment": the id, or null when the answer was lost. */
  creates: { key: string | null; deployment: string | null }[]
  events: { id: string; category: string; documents: string[] }[]
  /** What is wrong with the chain of the record; empty when all of it verifies. */
  chain: string[]
  /** Cancellations that were taken in. */
  cancels: string[]
  /** Processes that carried an attempt's mark when all was over. */
  leftovers: { pid: number; attempt: string; command: string }[]
  locks: { target: string; deployment: string; attempt: string | null }[]
  atWork: string[]
  /** Attempts whose spools runners still kept after everything had been sealed. */
  spools: string[]
  integrity: { file: string; result: string }[]
  /** Files and answers in which the secret of the project was found. */
  canaries: string[]
  healedAt: number
  /** When all had ended or waited for a person; null: not within the time for it. */
  settledAt: number | null
  /** What may be different in this fault, and why. */
  allowed: Allowance[]
}

export type LedgerEntry = {
  kind: 'START' | 'END'
  attempt: string
  step: string
  target: string
  at: number
  exit: number | null
  /** How many numbered lines it had printed by its end. */
  lines: number | null
}

export type DeploymentFacts = {
  id: string
  task: string
  key: string
  state: string
  conclusion: string
  pendingInterruptions: number
  startedAt: number | null
  completedAt: number | null
  /** `retrySafe`: it may be started more than once. */
  attempts: AttemptFacts[]
  /** The whole log as a person gets it. */
  log: string
}

export type AttemptFacts = {
  /** As a folder: `Deployments-1_7`. */
  id: string
  step: string
  target: string
  state: string
  exitCode: number | null
  reason: string | null
  evidence: string | null
  retrySafe: boolean
  /** Its outcome was changed by a person, who is named in the record. */
  answered: boolean
}

export type Message = {
  at: number
  answeredAt: number
  kind: 'session' | 'poll' | 'claim' | 'log' | 'complete'
  runner: string
  /** Of the session it was sent in; of the one that was opened. */
  epoch: number | null
  attempt: string | null
  fence: number | null
  status: number
  /** The last numbered line in the log bytes that were acknowledged. */
  lastLine: number | null
}

export type Invariant = `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14}`
export type Allowance = { invariant: Invariant; what: string; because: string }
export type Violation = { invariant: Invariant; what: string }
