/** What a project holds besides its columns, in the API's own words; unknown keys of clients stay. */
export type ProjectSettings = {
  IncludedLibraryVariableSetIds: string[]
  VersioningStrategy: VersioningStrategy
  ReleaseNotesTemplate: string | null
  DefaultGuidedFailureMode: 'EnvironmentDefault' | 'Off' | 'On'
  ProjectConnectivityPolicy: ConnectivityPolicy
  DefaultToSkipIfAlreadyInstalled: boolean
  /** Whoever makes a release may take versions that the rules of its channel do not. */
  AllowIgnoreChannelRules: boolean
  [key: string]: unknown
}

/** Either a template for the number or the package whose version becomes the number. */
export type VersioningStrategy = {
  Template: string | null
  DonorPackage: { DeploymentAction: string; PackageReference: string | null } | null
  DonorPackageStepId: string | null
}

export type ConnectivityPolicy = {
  SkipMachineBehavior: 'None' | 'SkipUnavailableMachines'
  TargetRoles: string[]
  AllowDeploymentsToNoTargets: boolean
  ExcludeUnhealthyTargets: boolean
}

export const DEFAULT_VERSION_TEMPLATE =
  '#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}'

/** Also the order in which a variable's equals count: earlier sets before later ones. */
export const DEFAULT_SETTINGS: ProjectSettings = {
  IncludedLibraryVariableSetIds: [],
  VersioningStrategy: {
    Template: DEFAULT_VERSION_TEMPLATE,
    DonorPackage: null,
    DonorPackageStepId: null,
  },
  ReleaseNotesTemplate: null,
  DefaultGuidedFailureMode: 'EnvironmentDefault',
  ProjectConnectivityPolicy: {
    SkipMachineBehavior: 'None',
    TargetRoles: [],
    AllowDeploymentsToNoTargets: false,
    ExcludeUnhealthyTargets: false,
  },
  DefaultToSkipIfAlreadyInstalled: false,
  AllowIgnoreChannelRules: false,
}

/** Reads stored settings; what is missing has its default. */
export const readSettings = (stored: unknown): ProjectSettings => ({
  ...DEFAULT_SETTINGS,
  ...(stored !== null && typeof stored === 'object' ? stored : {}),
})

export const processIdOf = (projectId: string) => `deploymentprocess-${projectId}`
export const variableSetIdOf = (ownerId: string) => `variableset-${ownerId}`
