import { isoTimeOrNull } from '../http/values.ts'
import type { TaskRow } from '../tasks/store.ts'
import type { DeploymentRow } from './store.ts'

/** As `commands.ts` stores it. */
export type StoredRequest = {
  skipActionIds?: string[]
  specificMachineIds?: string[]
  excludedMachineIds?: string[]
  /** Answers to prompts, by variable id; secret ones sealed. */
  formValues?: Record<string, string>
  sealedFormValues?: Record<string, string>
  useGuidedFailure?: boolean | null
  forcePackageDownload?: boolean
  forcePackageRedeployment?: boolean
}

export const storedRequest = ({ request }: Pick<DeploymentRow, 'request'>): StoredRequest =>
  (request ?? {}) as StoredRequest

export const deploymentResource = (
  deployment: DeploymentRow,
  { eligibleAt, expiresAt }: Pick<TaskRow, 'eligibleAt' | 'expiresAt'>,
) => {
  const request = storedRequest(deployment)
  const space = `/api/${deployment.spaceId}`
  const self = `${space}/deployments/${deployment.id}`
  return {
    Id: deployment.id,
    SpaceId: deployment.spaceId,
    ReleaseId: deployment.releaseId,
    EnvironmentId: deployment.environmentId,
    TenantId: null,
    ProjectId: deployment.projectId,
    ChannelId: deployment.channelId,
    TaskId: deployment.taskId,
    Name: deployment.name,
    Comments: deployment.comments,
    Created: isoTimeOrNull(deployment.createdAt),
    QueueTime: isoTimeOrNull(eligibleAt),
    QueueTimeExpiry: isoTimeOrNull(expiresAt),
    DeployedBy: deployment.deployedBy,
    DeployedById: deployment.deployedById,
    DeploymentProcessId: `deploymentprocess-${deployment.projectId}`,
    ManifestVariableSetId: deployment.variableSnapshotId,
    SkipActions: request.skipActionIds ?? [],
    SpecificMachineIds: request.specificMachineIds ?? [],
    ExcludedMachineIds: request.excludedMachineIds ?? [],
    FormValues: request.formValues ?? {},
    UseGuidedFailure: request.useGuidedFailure ?? false,
    ForcePackageDownload: request.forcePackageDownload ?? false,
    ForcePackageRedeployment: request.forcePackageRedeployment ?? false,
    ResumedFrom: deployment.resumedFrom,
    FailureEncountered: false,
    Changes: [],
    ChangesMarkdown: '',
    Links: {
      Self: self,
      Task: `${space}/tasks/${deployment.taskId}`,
      Environment: `${space}/environments/${deployment.environmentId}`,
      Release: `${space}/releases/${deployment.releaseId}`,
      Project: `${space}/projects/${deployment.projectId}`,
      Resume: `${self}/resume`,
      Artifacts: `${space}/artifacts?regarding=${deployment.id}`,
      Interruptions: `${space}/interruptions?regarding=${deployment.id}`,
      Web: `/app#/${deployment.spaceId}/deployments/${deployment.id}`,
    },
  }
}
