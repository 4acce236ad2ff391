/** Clients build one service for each name they find here: only what is served may stand here.
 *  A test holds every entry against the table of routes. */
const SYSTEM: Record<string, string> = {
  Self: '/api',
  Spaces: '/api/spaces{/id}{?skip,take,ids,partialName}',
  SpaceHome: '/api/{spaceId}',
  CurrentUser: '/api/users/me',
  Users: '/api/users{/id}{?skip,take,ids,filter}',
  SignIn: '/api/users/login{?returnUrl}',
  SignOut: '/api/users/logout',
  Teams: '/api/teams{/id}{?skip,take,ids,partialName,spaces,includeSystem}',
  UserRoles: '/api/userroles{/id}{?skip,take,ids,partialName}',
  PermissionDescriptions: '/api/permissions/all',
  ServerStatus: '/api/serverstatus',
  ServerHealthStatus: '/api/serverstatus/health',
  Events:
    '/api/events{?skip,take,regarding,regardingAny,users,projects,environments,eventCategories,from,to,spaces}',
  EventCategories: '/api/events/categories',
  Tasks: '/api/tasks{/id}{?skip,take,ids,active,states,name,environment,project,running}',
  Web: '/app',
}

const SPACE: Record<string, string> = {
  Artifacts: '/artifacts{/id}{?skip,take,regarding,ids,partialName,order}',
  BuildInformation: '/build-information{/id}{?packageId,filter,latest,skip,take,overwriteMode}',
  Channels: '/channels{/id}{?skip,take,ids,partialName}',
  Dashboard: '/dashboard{?projectId,releaseId,selectedTenants,selectedTags}',
  DeploymentProcesses: '/deploymentprocesses{/id}{?skip,take,ids}',
  Deployments: '/deployments{/id}{?skip,take,ids,projects,environments,tenants,channels,taskState}',
  Environments: '/environments{/id}{?name,skip,ids,take,partialName}',
  EnvironmentSortOrder: '/environments/sortorder',
  EnvironmentsSummary: '/environments/summary{?ids,partialName,machinePartialName,roles}',
  Events:
    '/events{?skip,take,regarding,regardingAny,users,projects,environments,eventCategories,from,to}',
  Feeds: '/feeds{/id}{?skip,take,ids,partialName,feedType,name}',
  Interruptions: '/interruptions{/id}{?skip,take,regarding,pendingOnly,ids}',
  Lifecycles: '/lifecycles{/id}{?skip,take,ids,partialName}',
  MachinePolicies: '/machinepolicies{/id}{?skip,take,ids,partialName}',
  MachinePolicyTemplate: '/machinepolicies/template',
  MachineRoles: '/machineroles/all',
  Machines:
    '/machines{/id}{?skip,take,name,ids,partialName,roles,isDisabled,healthStatuses,commStyles,environmentIds}',
  Packages: '/packages{/id}{?nuGetPackageId,filter,latest,skip,take,includeNotes}',
  PackagesBulk: '/packages/bulk{?ids}',
  PackageUpload: '/packages/raw{?replace,overwriteMode}',
  ProjectGroups: '/projectgroups{/id}{?skip,take,ids,partialName}',
  Projects: '/projects{/id}{?name,skip,ids,clone,take,partialName,clonedFromProjectId}',
  Releases: '/releases{/id}{?skip,ignoreChannelRules,take,ids}',
  Tasks: '/tasks{/id}{?skip,take,ids,active,states,name,environment,project,running}',
  Variables: '/variables{/id}{?ids}',
  VersionRuleTest:
    '/channels/rule-test{?version,versionRange,preReleaseTag,feedType,versioningStrategy,versionTagRegex}',
  WorkerPools: '/workerpools{/id}{?skip,take,ids,name,partialName}',
  Workers: '/workers{/id}{?skip,take,name,ids,partialName,isDisabled,healthStatuses}',
}

export const systemLinks = (): Record<string, string> => ({ ...SYSTEM })

export const spaceLinks = (spaceId: string): Record<string, string> => ({
  Self: `/api/${spaceId}`,
  ...Object.fromEntries(
    Object.entries(SPACE).map(([name, path]) => [name, `/api/${spaceId}${path}`]),
  ),
  Web: `/app#/${spaceId}`,
})
