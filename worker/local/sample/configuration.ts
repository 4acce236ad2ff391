import { join } from 'node:path'
import { type Api, asResource, type Resource } from './api.ts'
import { makePackage, PACKAGE_FILE, PACKAGE_ID } from './package.ts'

const ENVIRONMENTS = ['Development', 'Test', 'Production'] as const
export const ROLE = 'web'
export const PROJECT = 'Storefront'

export interface Sample {
  readonly environmentIds: string[]
  readonly projectId: string
  /** Where the deployed page stands afterwards, one folder per environment. */
  readonly folder: string
}

/** Makes what is missing of the sample: ordinary configuration, which anybody may change or delete. */
export const configureSample = async (api: Api, dataDir: string): Promise<Sample> => {
  const folder = join(dataDir, 'sample')
  const environments: Resource[] = []
  for (const Name of ENVIRONMENTS) environments.push(await api.ensure('/environments', { Name }))
  const environmentIds = environments.map(({ Id }) => Id)
  const lifecycle = await api.ensure('/lifecycles', lifecycleThrough(environments))
  const group = await api.ensure('/projectgroups', { Name: 'Samples', ...aboutGroup })
  const project = await api.ensure('/projects', {
    Name: PROJECT,
    ProjectGroupId: group.Id,
    LifecycleId: lifecycle.Id,
    ...aboutProject,
  })
  await api.upload('/packages/raw?overwriteMode=IgnoreIfExists', PACKAGE_FILE, await makePackage())
  await putSteps(api, project.Id)
  await putVariables(api, project.Id, environmentIds, folder)
  return { environmentIds, projectId: project.Id, folder }
}

const aboutGroup = {
  Description: 'What the first start made. Delete it when you need it no longer.',
}
const aboutProject = {
  Description:
    'A web page that goes through Development, Test and Production onto the local runner: a package, a script, and variables that differ by environment.',
}

const lifecycleThrough = (environments: readonly Resource[]) => ({
  Name: 'Development to Production',
  Description: 'A release must succeed in each environment before it may go to the next.',
  Phases: environments.map(({ Id }, index) => ({
    Name: ENVIRONMENTS[index],
    OptionalDeploymentTargets: [Id],
    AutomaticDeploymentTargets: [],
    MinimumEnvironmentsBeforePromotion: 0,
    IsOptionalPhase: false,
  })),
})

const CHECK = `echo "#{Greeting}"
echo "Deploying release #{Octopus.Release.Number} to #{Octopus.Environment.Name} on $(uname -n)."
if [ -n "#{Catalogue.Key}" ]; then echo "The catalogue's key is #{Catalogue.Key}, as you do not see."; fi
`
const VERIFY = `cd "#{Storefront.Folder}"
grep -q "#{Greeting}" index.html
echo "settings.json in #{Octopus.Environment.Name}:"
cat settings.json
echo "Open $PWD/index.html in a browser."
`

const putSteps = async (api: Api, projectId: string): Promise<void> => {
  const path = `/projects/${projectId}/deploymentprocesses`
  const process = asResource(await api.get(path))
  if (Array.isArray(process.Steps) && process.Steps.length > 0) return
  await api.put(path, {
    ...process,
    Steps: [
      step('Check the machine', script(CHECK)),
      step('Deploy the page', {
        ActionType: 'Octopus.TentaclePackage',
        Packages: [
          {
            Name: '',
            PackageId: PACKAGE_ID,
            FeedId: 'feeds-builtin',
            AcquisitionLocation: 'Server',
            Properties: {},
          },
        ],
        Properties: {
          'Octopus.Action.Package.PackageId': PACKAGE_ID,
          'Octopus.Action.Package.FeedId': 'feeds-builtin',
          'Octopus.Action.Package.DownloadOnTentacle': 'False',
          'Octopus.Action.EnabledFeatures':
            'Octopus.Features.CustomDirectory,Octopus.Features.SubstituteInFiles',
          'Octopus.Action.Package.CustomInstallationDirectory': '#{Storefront.Folder}',
          'Octopus.Action.Package.CustomInstallationDirectoryShouldBePurgedBeforeDeployment':
            'True',
          'Octopus.Action.SubstituteInFiles.Enabled': 'True',
          'Octopus.Action.SubstituteInFiles.TargetFiles': 'index.html\nsettings.json',
        },
      }),
      step('Look at the result', script(VERIFY)),
    ],
  })
}

const step = (Name: string, action: Readonly<Record<string, unknown>>) => ({
  Id: '',
  Name,
  Condition: 'Success',
  StartTrigger: 'StartAfterPrevious',
  PackageRequirement: 'LetOctopusDecide',
  Properties: { 'Octopus.Action.TargetRoles': ROLE },
  Actions: [{ Id: '', Name, IsDisabled: false, IsRequired: false, ...action }],
})

const script = (body: string) => ({
  ActionType: 'Octopus.Script',
  Properties: {
    'Octopus.Action.RunOnServer': 'False',
    'Octopus.Action.Script.ScriptSource': 'Inline',
    'Octopus.Action.Script.Syntax': 'Bash',
    'Octopus.Action.Script.ScriptBody': body,
  },
})

const putVariables = async (
  api: Api,
  projectId: string,
  environmentIds: readonly string[],
  folder: string,
): Promise<void> => {
  const path = `/variables/variableset-${projectId}`
  const set = asResource(await api.get(path))
  if (Array.isArray(set.Variables) && set.Variables.length > 0) return
  await api.put(path, { ...set, Variables: variables(environmentIds, folder) })
}

const variables = (
  [development = '', test = '', production = '']: readonly string[],
  folder: string,
) => [
  plain('Storefront.Folder', `${folder}/#{Octopus.Environment.Name}`),
  plain('Greeting', 'Welcome to the storefront'),
  plain('Greeting', 'Welcome to the storefront, developer', [development]),
  plain('Greeting', 'Welcome to the storefront, tester', [test]),
  plain('Accent', 'seagreen', [development]),
  plain('Accent', 'darkorange', [test]),
  plain('Accent', 'crimson', [production]),
  plain('Catalogue.Address', 'https://catalogue.#{Octopus.Environment.Name | ToLower}.example'),
  plain('Catalogue.PageSize', '10'),
  plain('Catalogue.PageSize', '50', [production]),
  plain('Features.Reviews', 'true'),
  plain('Features.Reviews', 'false', [production]),
  { Name: 'Catalogue.Key', Value: 'sesame-8c1f', Type: 'Sensitive', IsSensitive: true, Scope: {} },
]

const plain = (Name: string, Value: string, Environment?: string[]) => ({
  Name,
  Value,
  Type: 'String',
  IsSensitive: false,
  Scope: Environment === undefined ? {} : { Environment },
})
