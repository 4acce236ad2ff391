import { isoTime } from '../http/values.ts'
import type { Difference, Side } from '../variables/difference.ts'
import { toWireScope } from '../variables/scope.ts'
import { ignoresRules, selectedPackagesOf } from './release.ts'
import type { ReleaseRow } from './store.ts'

type Settings = { customFields?: Record<string, string> }

export const releaseResource = (row: ReleaseRow, buildInformation: unknown[] = []) => {
  const space = `/api/${row.spaceId}`
  const self = `${space}/releases/${row.id}`
  const settings = (row.settings ?? {}) as Settings
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    ProjectId: row.projectId,
    ChannelId: row.channelId,
    Version: row.version,
    ReleaseNotes: row.notes === '' ? null : row.notes,
    Assembled: isoTime(row.assembledAt),
    IgnoreChannelRules: ignoresRules(row),
    SelectedPackages: selectedPackagesOf(row).map(
      ({ actionName, packageReferenceName, version, packageId, feedId }) => ({
        StepName: actionName,
        ActionName: actionName,
        PackageReferenceName: packageReferenceName,
        Version: version,
        PackageId: packageId,
        FeedId: feedId,
      }),
    ),
    SelectedGitResources: [],
    LibraryVariableSetSnapshotIds: row.librarySnapshotIds,
    ProjectVariableSetSnapshotId: row.variableSnapshotId,
    ProjectDeploymentProcessSnapshotId: row.processSnapshotId,
    BuildInformation: buildInformation,
    VersionControlReference: null,
    CustomFields: settings.customFields ?? {},
    Links: {
      Self: self,
      Project: `${space}/projects/${row.projectId}`,
      Channel: `${space}/channels/${row.channelId}`,
      Progression: `${self}/progression`,
      Deployments: `${self}/deployments{?skip,take}`,
      DeploymentTemplate: `${self}/deployments/template`,
      Artifacts: `${space}/artifacts?regarding=${row.id}`,
      ProjectVariableSnapshot: `${space}/variables/${row.variableSnapshotId}`,
      ProjectDeploymentProcessSnapshot: `${space}/deploymentprocesses/${row.processSnapshotId}`,
      SnapshotVariables: `${self}/snapshot-variables`,
      MissingPackages: `${self}/missingpackages`,
      Web: `/app#/${row.spaceId}/releases/${row.id}`,
    },
  }
}

const sideResource = (side: Side | undefined) =>
  side ? { Value: side.value, IsSensitive: side.isSensitive, Scope: toWireScope(side.scope) } : null

/** How one variable differs from what a release froze; of a secret only that it does. */
export const differenceResource = ({ name, kind, before, after }: Difference) => ({
  Name: name,
  Change: { added: 'Added', removed: 'Removed', changed: 'Changed' }[kind],
  Before: sideResource(before),
  After: sideResource(after),
})
