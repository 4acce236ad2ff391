/** Every address of the portal, in one place. Ids are unique over all spaces, so a path names none. */
const at = (strings: TemplateStringsArray, ...parts: string[]): string =>
  strings.reduce((path, text, i) => path + encodeURIComponent(parts[i - 1] ?? '') + text)

const query = (path: string, values: Record<string, string | undefined>): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value) search.set(name, value)
  return search.size ? `${path}?${search}` : path
}

export const links = {
  home: '/',
  search: '/search',
  theme: '/theme',
  help: '/api',

  signIn: (returnTo?: string) => query('/sign-in', { returnTo }),
  signOut: '/sign-out',
  firstRun: (token: string) => at`/sign-in/${token}`,
  apiKeys: '/account/api-keys',
  apiKeyDelete: (id: string) => at`/account/api-keys/${id}/delete`,

  projects: '/projects',
  projectNew: '/projects/new',
  project: (id: string) => at`/projects/${id}`,
  projectSettings: (id: string) => at`/projects/${id}/settings`,
  projectDelete: (id: string) => at`/projects/${id}/delete`,

  process: (id: string) => at`/projects/${id}/process`,
  steps: (id: string) => at`/projects/${id}/process/steps`,
  stepNew: (id: string, kind?: string, parent?: string) =>
    query(at`/projects/${id}/process/new-step`, { kind, parent }),
  step: (id: string, step: string) => at`/projects/${id}/process/steps/${step}`,
  stepMove: (id: string, step: string) => at`/projects/${id}/process/steps/${step}/move`,
  stepDelete: (id: string, step: string) => at`/projects/${id}/process/steps/${step}/delete`,
  children: (id: string, step: string) => at`/projects/${id}/process/steps/${step}/children`,
  child: (id: string, step: string, child: string) =>
    at`/projects/${id}/process/steps/${step}/children/${child}`,
  childMove: (id: string, step: string, child: string) =>
    at`/projects/${id}/process/steps/${step}/children/${child}/move`,
  childDelete: (id: string, step: string, child: string) =>
    at`/projects/${id}/process/steps/${step}/children/${child}/delete`,

  variables: (id: string) => at`/projects/${id}/variables`,
  variablePreview: (id: string, values: Record<string, string | undefined> = {}) =>
    query(at`/projects/${id}/variables/preview`, values),
  variableSets: (id: string) => at`/projects/${id}/variables/library-sets`,

  channels: (id: string) => at`/projects/${id}/channels`,
  channelNew: (id: string) => at`/projects/${id}/channels/new`,
  channel: (id: string, channel: string) => at`/projects/${id}/channels/${channel}`,
  /** The form of a channel, of a new one too, shown again with what its rules would take. */
  channelTry: (id: string, channel = 'new') => at`/projects/${id}/channels/${channel}/try`,
  channelDelete: (id: string, channel: string) => at`/projects/${id}/channels/${channel}/delete`,

  releases: (id: string) => at`/projects/${id}/releases`,
  releaseNew: (id: string, channel?: string) =>
    query(at`/projects/${id}/releases/new`, { channel }),
  release: (id: string) => at`/releases/${id}`,
  releaseVariables: (id: string) => at`/releases/${id}/variables`,
  releaseDelete: (id: string) => at`/releases/${id}/delete`,
  deploy: (release: string, environment?: string) =>
    query(at`/releases/${release}/deploy`, { environment }),

  deployment: (id: string) => at`/deployments/${id}`,
  deploymentCancel: (id: string) => at`/deployments/${id}/cancel`,
  deploymentEvents: (id: string, values: Record<string, string | undefined>) =>
    query(at`/deployments/${id}/events`, values),
  deploymentOutputs: (id: string) => at`/deployments/${id}/outputs`,
  deploymentLog: (id: string) => at`/deployments/${id}/log`,

  deploymentResume: (id: string) => at`/deployments/${id}/resume`,
  deploymentRepeat: (id: string) => at`/deployments/${id}/repeat`,
  deploymentPrioritize: (id: string) => at`/deployments/${id}/prioritize`,
  artifact: (space: string, id: string) => at`/api/${space}/artifacts/${id}/content`,

  interruption: (id: string) => at`/interruptions/${id}`,
  interruptionResponsible: (id: string) => at`/interruptions/${id}/responsible`,
  interruptionSubmit: (id: string) => at`/interruptions/${id}/submit`,

  tasks: '/tasks',
  /** Leads on to the deployment that it is of. */
  task: (id: string) => at`/tasks/${id}`,
  checkHealth: '/tasks/health',
  tasksIn: (state?: string) => query('/tasks', { state }),

  infrastructure: '/infrastructure',
  environments: '/infrastructure/environments',
  environment: (id: string) => at`/infrastructure/environments/${id}`,
  environmentMove: (id: string) => at`/infrastructure/environments/${id}/move`,
  environmentDelete: (id: string) => at`/infrastructure/environments/${id}/delete`,
  targets: '/infrastructure/targets',
  targetsIn: (environment: string) => query('/infrastructure/targets', { environment }),
  targetNew: '/infrastructure/targets/new',
  target: (id: string) => at`/infrastructure/targets/${id}`,
  targetState: (id: string) => at`/infrastructure/targets/${id}/state`,
  targetRunner: (id: string) => at`/infrastructure/targets/${id}/runner`,
  targetLock: (id: string) => at`/infrastructure/targets/${id}/lock`,
  targetDelete: (id: string) => at`/infrastructure/targets/${id}/delete`,
  workerPools: '/infrastructure/worker-pools',
  workerPoolDelete: (id: string) => at`/infrastructure/worker-pools/${id}/delete`,
  workerDelete: (id: string) => at`/infrastructure/workers/${id}/delete`,

  library: '/library',
  packages: '/library/packages',
  packageUpload: '/library/packages/upload',
  packageRetention: '/library/packages/retention',
  packageRetentionRun: (days: number) => at`/library/packages/retention/${String(days)}/run`,
  package: (id: string) => at`/library/packages/${id}`,
  packageVersionDelete: (id: string, version: string) =>
    at`/library/packages/${id}/${version}/delete`,
  librarySets: '/library/variable-sets',
  librarySetNew: '/library/variable-sets/new',
  librarySet: (id: string) => at`/library/variable-sets/${id}`,
  librarySetSettings: (id: string) => at`/library/variable-sets/${id}/settings`,
  librarySetValues: (id: string) => at`/library/variable-sets/${id}/values`,
  librarySetDelete: (id: string) => at`/library/variable-sets/${id}/delete`,
  scriptModules: '/library/script-modules',
  scriptModuleNew: '/library/script-modules/new',
  scriptModule: (id: string) => at`/library/script-modules/${id}`,
  scriptModuleDelete: (id: string) => at`/library/script-modules/${id}/delete`,
  lifecycles: '/library/lifecycles',
  lifecycleNew: '/library/lifecycles/new',
  lifecycle: (id: string) => at`/library/lifecycles/${id}`,
  lifecycleDelete: (id: string) => at`/library/lifecycles/${id}/delete`,

  configuration: '/configuration',
  audit: '/configuration/audit',
  /** Follows the chain behind that row; 0: from the beginning. */
  auditVerify: (from: number) => query('/configuration/audit', { verify: String(from) }),
}

/** The same page with one query value replaced: how filters and pages are linked. */
export const withQuery = (path: string, name: string, value: string | undefined): string => {
  const [pathname = '/', search = ''] = path.split('?', 2)
  const values = new URLSearchParams(search)
  if (value === undefined || value === '') values.delete(name)
  else values.set(name, value)
  return values.size ? `${pathname}?${values}` : pathname
}

/** The log's page without the place in it: where its filters and its end are. */
export const withoutPlace = (path: string): string =>
  ['before', 'chunk', 'line'].reduce((left, name) => withQuery(left, name, undefined), path)
