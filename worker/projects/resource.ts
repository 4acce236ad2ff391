import { channelRules } from './channel.ts'
import type { ChannelRow } from './channel-store.ts'
import { withoutSecrets } from './process-merge.ts'
import { processIdOf, variableSetIdOf } from './project.ts'
import type { ProcessSnapshot } from './snapshot.ts'
import type { GroupRow, ProcessRow, ProjectRow } from './store.ts'

export const projectResource = (row: ProjectRow) => {
  const space = `/api/${row.spaceId}`
  const self = `${space}/projects/${row.id}`
  return {
    TenantedDeploymentMode: 'Untenanted',
    Templates: [],
    AutoDeployReleaseOverrides: [],
    AutoCreateRelease: false,
    ReleaseCreationStrategy: null,
    DiscreteChannelRelease: false,
    ExtensionSettings: [],
    ...row.settings,
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Slug: row.slug,
    Description: row.description,
    ProjectGroupId: row.projectGroupId,
    LifecycleId: row.lifecycleId,
    IsDisabled: row.isDisabled,
    ClonedFromProjectId: null,
    IsVersionControlled: false,
    PersistenceSettings: { Type: 'Database' },
    DeploymentProcessId: processIdOf(row.id),
    VariableSetId: variableSetIdOf(row.id),
    Links: {
      Self: self,
      Releases: `${self}/releases{/version}{?skip,take,searchByVersion}`,
      Channels: `${self}/channels{/id}{?skip,take,partialName}`,
      DeploymentProcess: `${space}/deploymentprocesses/${processIdOf(row.id)}`,
      DeploymentSettings: `${self}/deploymentsettings`,
      Variables: `${space}/variables/${variableSetIdOf(row.id)}`,
      Web: `/app#/${row.spaceId}/projects/${row.slug}`,
    },
  }
}

export const groupResource = (row: GroupRow) => {
  const self = `/api/${row.spaceId}/projectgroups/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Slug: row.slug,
    Description: row.description,
    EnvironmentIds: [],
    RetentionPolicyId: null,
    Links: { Self: self, Projects: `${self}/projects{?skip,take}` },
  }
}

/** A live process, or a frozen one under the id of its snapshot. Secrets show only that they are. */
export const processResource = (row: ProcessRow | ProcessSnapshot) => {
  const space = `/api/${row.spaceId}`
  const self = `${space}/deploymentprocesses/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    ProjectId: row.ownerId,
    Version: row.version,
    LastSnapshotId: null,
    Steps: withoutSecrets(row.steps),
    Links: {
      Self: self,
      Project: `${space}/projects/${row.ownerId}`,
      Template: `${self}/template{?channel,releaseId}`,
    },
  }
}

export const deploymentSettingsResource = ({ id, spaceId, settings }: ProjectRow) => ({
  Id: `deploymentsettings-${id}`,
  SpaceId: spaceId,
  ProjectId: id,
  ConnectivityPolicy: settings.ProjectConnectivityPolicy,
  DefaultGuidedFailureMode: settings.DefaultGuidedFailureMode,
  VersioningStrategy: settings.VersioningStrategy,
  ReleaseNotesTemplate: settings.ReleaseNotesTemplate,
  DeploymentChangesTemplate: settings.DeploymentChangesTemplate ?? null,
  DefaultToSkipIfAlreadyInstalled: settings.DefaultToSkipIfAlreadyInstalled,
  ForcePackageDownload: settings.ForcePackageDownload ?? false,
  Links: {
    Self: `/api/${spaceId}/projects/${id}/deploymentsettings`,
    Project: `/api/${spaceId}/projects/${id}`,
  },
})

export const channelResource = (row: ChannelRow) => {
  const space = `/api/${row.spaceId}`
  const self = `${space}/channels/${row.id}`
  return {
    TenantTags: [],
    GitReferenceRules: [],
    CustomFieldDefinitions: [],
    ...(row.settings as object),
    Id: row.id,
    SpaceId: row.spaceId,
    ProjectId: row.projectId,
    Name: row.name,
    Slug: row.slug,
    Description: row.description,
    LifecycleId: row.lifecycleId,
    IsDefault: row.isDefault,
    Type: 'Lifecycle',
    Rules: channelRules(row).map(rule => ({
      Id: rule.id,
      VersioningStrategy: rule.strategy,
      VersionRange: rule.versionRange,
      Tag: rule.tag,
      VersionTagRegex: rule.pattern,
      ActionPackages: rule.actionPackages.map(({ actionName, packageReference }) => ({
        DeploymentAction: actionName,
        PackageReference: packageReference,
      })),
    })),
    Links: {
      Self: self,
      Releases: `${self}/releases{?skip,take,searchByVersion}`,
      Project: `${space}/projects/${row.projectId}`,
    },
  }
}
