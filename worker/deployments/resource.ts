import { isoTimeOrNull } from '../http/values.ts'
import type { TaskRow } from '../tasks/store.ts'
import type { DeploymentRow } from './store.ts'

type StoredRequest = {
  skipActionIds?: string[]
  specificMachineIds?: string[]
  excludedMachineIds?: string[]
  formValues?: Record<string, string>
  useGuidedFailure?: boolean | null
  forcePackageDownload?: boolean
  forcePackageRedeployment?: boolean
}

export const deploymentResource = (
  deployment: DeploymentRow,
  { eligibleAt, expiresAt }: Pick<TaskRow, 'eligibleAt' | 'expiresAt'>,
) => {
  const request = deployment.request as StoredRequest
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
    FailureEncountered: false,
    Changes: [],
    ChangesMarkdown: '',
    Links: {
      Self: self,
      Task: `${space}/tasks/${deployment.taskId}`,
      Environment: `${space}/environments/${deployment.environmentId}`,
      Release: `${space}/releases/${deployment.releaseId}`,
      Project: `${space}/projects/${deployment.projectId}`,
      Artifacts: `${space}/artifacts?regarding=${deployment.id}`,
      Interruptions: `${space}/interruptions?regarding=${deployment.id}`,
      Web: `/app#/${deployment.spaceId}/deployments/${deployment.id}`,
    },
  }
}
