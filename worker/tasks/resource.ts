import { isoTimeOrNull } from '../http/values.ts'
import type { TaskRow } from './store.ts'
import { isCompleted, spokenDuration } from './task.ts'

export const taskResource = (task: TaskRow, now: number) => {
  const completed = isCompleted(task.state)
  const self = `/api/${task.spaceId}/tasks/${task.id}`
  return {
    Id: task.id,
    SpaceId: task.spaceId,
    Name: task.name,
    Description: task.description,
    State: task.state,
    IsCompleted: completed,
    FinishedSuccessfully: task.state === 'Success',
    HasWarningsOrErrors: task.hasWarnings || task.state === 'Failed',
    HasPendingInterruptions: !completed && task.pendingInterruptions > 0,
    HasBeenPickedUpByProcessor: task.startedAt !== null,
    CanRerun: completed && task.deploymentId !== null,
    QueueTime: isoTimeOrNull(task.eligibleAt),
    QueueTimeExpiry: isoTimeOrNull(task.expiresAt),
    StartTime: isoTimeOrNull(task.startedAt),
    LastUpdatedTime: isoTimeOrNull(task.updatedAt),
    CompletedTime: isoTimeOrNull(task.completedAt),
    Completed: task.completedAt === null ? null : `${spokenDuration(now - task.completedAt)} ago`,
    Duration: duration(task, now),
    ErrorMessage: task.errorMessage,
    ServerNode: null,
    Priority: task.priority,
    Conclusion: task.conclusion || null,
    WaitingFor: task.waitingFor || null,
    ProjectId: task.projectId,
    Arguments: task.arguments,
    Links: {
      Self: self,
      Web: `/app#/${task.spaceId}/tasks/${task.id}`,
      Raw: `${self}/raw`,
      Cancel: `${self}/cancel`,
      State: `${self}/state`,
      QueuedBehind: `${self}/queued-behind`,
      Waiting: `${self}/waiting`,
      Rerun: `${self}/rerun`,
      Prioritize: `${self}/prioritize`,
      Details: `${self}/details{?verbose,tail}`,
      Artifacts: `/api/${task.spaceId}/artifacts?regarding=${task.id}`,
      Interruptions: `/api/${task.spaceId}/interruptions?regarding=${task.id}`,
    },
  }
}

const duration = (task: TaskRow, now: number): string | null =>
  task.startedAt === null ? null : spokenDuration((task.completedAt ?? now) - task.startedAt)
