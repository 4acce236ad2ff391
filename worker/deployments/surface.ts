import type { LogLevel } from '../../runner/protocol/log-record.ts'
import type {
  Absent,
  CompleteReply,
  CompleteRequest,
  Grant,
  Journalled,
  LogReply,
} from '../../runner/protocol/messages.ts'
import type { Refusal } from '../../runner/protocol/refusal.ts'
import type { InterruptionSurface } from '../interruptions/interruption.ts'
import type { LogChunk, TaskDetails } from '../tasks/log.ts'
import type { Instruction } from './answer.ts'
import type { Kept } from './kept.ts'
import type { ShownOutput } from './shown-outputs.ts'

export type StartReply =
  | { type: 'started' }
  /** Another deployment of the same project to the same environment comes first. */
  | { type: 'waits' }
  | { type: 'ended'; state: string }
  | { type: 'missing' }
export type CancelReply =
  | { type: 'cancelling' }
  | { type: 'ended'; state: string }
  | { type: 'missing' }

export type LogQuery = {
  /** `seq` of the last chunk the reader has; 0 for the beginning. */
  after: number
  /** About how many lines at most, 1 to 50,000. */
  limit: number
  /** How long to wait for something new, in milliseconds, at most 25,000. */
  waitMs?: number
  /** Only lines of these levels; chunks without any are left out. */
  levels?: LogLevel[]
  /** Only this node of the tree. */
  node?: string
}
export type LogPage = {
  chunks: LogChunk[]
  /** Where to go on: the next `after`. */
  next: number
  /** The task's state, `Queued` before it has started. */
  state: string
  /** It has ended and there is nothing after `next`. */
  isComplete: boolean
}

/** What the rest of the Worker may ask of a deployment's object. */
export type CommandSurface = InterruptionSurface & {
  start(deploymentId: string): Promise<StartReply>
  requestCancel(request: { by: string; reason: string }): Promise<CancelReply>
  details(options?: { tail?: number }): Promise<TaskDetails | undefined>
  readLog(query: LogQuery): Promise<LogPage>
  /** What one that goes on from this deployment need not do again; undefined before its end. */
  kept(): Promise<Kept | undefined>
  /** What its steps have set for those after them; secrets without their texts. */
  outputs(): Promise<ShownOutput[]>
}

/** The reporter as its session token says. `proof`: the number of its signed message, good once. */
export type Session = { runnerId: string; epoch: number; proof?: number }
export type LogChunkMessage = {
  attempt: string
  fence: number
  offset: number
  crc: string
  bytes: Uint8Array
}
export type Refused = { type: 'refused'; refusal: Refusal }

/** What runners' messages come to. Nothing is thrown across the boundary. */
export type RunnerSurface = {
  claim(
    session: Session,
    claim: { attempt: string; fence: number },
  ): Promise<{ type: 'granted'; grant: Grant } | Refused>
  appendLog(
    session: Session,
    message: LogChunkMessage,
  ): Promise<{ type: 'answered'; reply: LogReply } | Refused>
  complete(
    session: Session,
    attempt: string,
    request: CompleteRequest,
  ): Promise<{ type: 'answered'; reply: CompleteReply } | Refused>
  reconcile(
    session: Session,
    attempts: Journalled[],
  ): Promise<{ attempt: string; instruction: Instruction; next: number }[]>
  /** Nothing of these runs on the runner any more: it was told to end them, and did. */
  absent(session: Session, absent: Absent[]): Promise<void>
  /** What a running attempt is called, for what it hands in; renews its lease. */
  findStep(
    session: Session,
    wanted: { attempt: string; fence: number },
  ): Promise<{ type: 'found'; stepName: string; placeName: string } | Refused>
  findPackage(
    session: Session,
    wanted: { attempt: string; sha256: string },
  ): Promise<{ type: 'found'; sizeBytes: number } | Refused>
}
