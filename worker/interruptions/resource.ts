import { isoTime } from '../http/values.ts'
import { answerField, type Choice, type InterruptionKind } from './interruption.ts'
import type { InterruptionRow } from './store.ts'

const TYPES: Record<InterruptionKind, string> = {
  manual: 'ManualIntervention',
  'guided-failure': 'GuidedFailure',
  unknown: 'GuidedFailure',
}

const TEXTS: Record<Choice, string> = {
  Fail: 'Fail',
  Retry: 'Retry',
  Ignore: 'Ignore',
  ExcludeMachine: 'Exclude machine from deployment',
  Proceed: 'Proceed',
  Abort: 'Abort',
  MarkSucceeded: 'Mark as succeeded',
  MarkFailed: 'Mark as failed',
  RunAgain: 'Run again',
}

const DANGEROUS: readonly Choice[] = ['Abort', 'MarkSucceeded', 'RunAgain', 'ExcludeMachine']

/** How the caller stands to it. */
export type Standing = { userId: string; mayAnswer: boolean }

/** An interruption as the API's clients know it; its form names what can be answered. */
export const interruptionResource = (row: InterruptionRow, standing: Standing) => {
  const self = `/api/${row.spaceId}/interruptions/${row.id}`
  const isPending = row.state === 'Pending'
  const field = answerField(row.kind)
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Title: row.title,
    Type: TYPES[row.kind],
    Created: isoTime(row.createdAt),
    IsPending: isPending,
    Form: {
      Values: {
        Instructions: null,
        Notes: row.notes || null,
        [field]: row.answer,
      },
      Elements: [
        {
          Name: 'Instructions',
          Control: { Type: 'Paragraph', Text: row.instructions, ResolveLinks: false },
          IsValueRequired: false,
        },
        {
          Name: 'Notes',
          Control: { Type: 'TextArea', Label: 'Notes' },
          IsValueRequired: false,
        },
        {
          Name: field,
          Control: {
            Type: 'SubmitButtonGroup',
            Buttons: row.choices.map(choice => ({
              Text: TEXTS[choice],
              Value: choice,
              RequiresConfirmation: DANGEROUS.includes(choice),
            })),
          },
          IsValueRequired: true,
        },
      ],
    },
    RelatedDocumentIds: [row.deploymentId, row.taskId, row.projectId, row.environmentId],
    ResponsibleTeamIds: row.responsibleTeamIds,
    ResponsibleUserId: row.responsibleUserId,
    CanTakeResponsibility: isPending && standing.mayAnswer,
    HasResponsibility: row.responsibleUserId === standing.userId,
    TaskId: row.taskId,
    CorrelationId: `${row.taskId}/${row.id}`,
    IsLinkedToOtherInterruption: false,
    Links: { Self: self, Submit: `${self}/submit`, Responsible: `${self}/responsible` },
  }
}
