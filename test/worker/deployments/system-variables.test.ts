import { describe, expect, it } from 'vitest'
import { beginExecution } from '../../../worker/deployments/execution-state.ts'
import { factVariables } from '../../../worker/deployments/facts.ts'
import type { Inputs } from '../../../worker/deployments/inputs.ts'
import { variablesAt } from '../../../worker/deployments/manifest.ts'
import { readSteps } from '../../../worker/projects/process.ts'
import { isBuiltIn, USER_SETTABLE } from '../../../worker/variables/built-in.ts'
import { indexByName } from '../../../worker/variables/precedence.ts'
import { planOf, step, target, WEB_1, WEB_2 } from './process.ts'

/** The last one is not well, and the project leaves such targets out. */
const TARGETS = [
  WEB_2,
  { ...WEB_1, tags: ['web', 'front'] },
  { ...target('Machines-5', 'web-5', ['web']), healthStatus: 'Unhealthy' },
]
const POLICY = {
  SkipMachineBehavior: 'None' as const,
  TargetRoles: [],
  AllowDeploymentsToNoTargets: false,
  ExcludeUnhealthyTargets: true,
}

const PUBLISH = step('Publish', 'web', {
  action: {
    Packages: [
      { Id: 'p', Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin', Properties: {} },
    ],
  },
})
const TELL = step('Tell', '')

const facts = factVariables(
  JSON.stringify({
    previous: ['Releases-1', '1.0.0'],
    user: ['ada', 'Ada', 'ada@shop.test'],
    expiresAt: 60_000,
    here: ['Releases-0', '0.9.0'],
    changes: [
      {
        version: '1.1.0',
        notes: 'Quicker.',
        builds: [
          {
            packageId: 'Shop.Web',
            version: '1.1.0',
            build: {
              BuildNumber: '42',
              VcsRoot: 'https://github.com/shop/web.git',
              VcsCommitNumber: 'abc1234',
              Commits: [{ Id: 'abc1234', Comment: 'Fixes #7: the basket\nof the guest' }],
            },
          },
        ],
      },
    ],
  }),
  { deploymentId: 'Deployments-1', template: null, known: [] },
)

const inputs = {
  id: 'Deployments-1',
  name: 'Deploy to Staging',
  comments: 'please',
  createdAt: 0,
  deployedBy: 'Ada',
  deployedById: 'Users-1',
  task: { id: 'ServerTasks-1', description: 'Deploy Shop', queuedAt: 0, concurrencyKey: 'k' },
  space: { id: 'Spaces-1', name: 'Default' },
  project: { id: 'Projects-1', name: 'Shop', slug: 'shop', groupId: 'g', groupName: 'All' },
  environment: { id: 'Environments-1', name: 'Staging', sortOrder: 0 },
  channel: { id: 'Channels-1', name: 'Default' },
  release: { id: 'Releases-2', version: '1.1.0', notes: 'Quicker.', assembledAt: 0 },
  packages: [
    {
      ActionName: 'Publish',
      PackageReferenceName: '',
      PackageId: 'Shop.Web',
      Version: '1.1.0',
      Sha256: 'a'.repeat(64),
      Extension: '.zip',
      SizeBytes: 7,
    },
  ],
  variableSnapshotId: 's',
  previous: { deploymentId: 'Deployments-0', releaseId: 'Releases-1', version: '1.0.0' },
  request: {
    skipActionIds: [],
    specificMachineIds: [],
    excludedMachineIds: ['Machines-4'],
    forcePackageDownload: true,
    useGuidedFailure: null,
  },
  facts,
  guidedFailure: false,
  resumedFrom: null,
  sharesTargets: false,
  hostnames: { 'Machines-1': 'web-1.shop.test' },
} as Inputs

const delivered = (name: string): Record<string, string | null> => {
  const steps = [PUBLISH, TELL]
  const { plan } = planOf(steps, { targets: TARGETS, policy: POLICY })
  const execution = {
    ...beginExecution('Deployments-1', plan, 0),
    error: 'Step 1 (Publish) failed.',
  }
  const secrets = { steps: readSteps(steps), variables: indexByName([]), sealed: new Map() }
  const manifest = { inputs, secrets, outputs: [], publicUrl: 'https://slipway.shop.test' }
  const at = plan.steps.findIndex(each => each.name === name)
  const lanes = plan.steps[at]?.lanes ?? []
  const lane = Math.max(
    0,
    lanes.findIndex(({ targetId }) => targetId === 'Machines-1'),
  )
  return Object.fromEntries(
    variablesAt(manifest, execution, { step: at, lane, action: 0 }).map(({ name, value }) => [
      name,
      value,
    ]),
  )
}

describe('a step is told of', () => {
  const onTarget = delivered('Publish')
  it.each([
    ['Octopus.Release.Id', 'Releases-2'],
    ['Octopus.Release.Number', '1.1.0'],
    ['Octopus.Release.Notes', 'Quicker.'],
    ['Octopus.Release.Created', '1970-01-01T00:00:00.000+00:00'],
    ['Octopus.Release.Channel.Id', 'Channels-1'],
    ['Octopus.Release.Channel.Name', 'Default'],
    ['Octopus.Release.Previous.Id', 'Releases-1'],
    ['Octopus.Release.Previous.Number', '1.0.0'],
    ['Octopus.Release.PreviousForEnvironment.Id', 'Releases-0'],
    ['Octopus.Release.PreviousForEnvironment.Number', '0.9.0'],
    ['Octopus.Release.CurrentForEnvironment.Id', 'Releases-1'],
    ['Octopus.Release.CurrentForEnvironment.Number', '1.0.0'],
    ['Octopus.Deployment.Id', 'Deployments-1'],
    ['Octopus.Deployment.Name', 'Deploy to Staging'],
    ['Octopus.Deployment.Comments', 'please'],
    ['Octopus.Deployment.Created', '1970-01-01T00:00:00.000+00:00'],
    ['Octopus.Deployment.CreatedBy.Id', 'Users-1'],
    ['Octopus.Deployment.CreatedBy.Username', 'ada'],
    ['Octopus.Deployment.CreatedBy.DisplayName', 'Ada'],
    ['Octopus.Deployment.CreatedBy.EmailAddress', 'ada@shop.test'],
    ['Octopus.Deployment.ForcePackageDownload', 'True'],
    ['Octopus.Deployment.PreviousSuccessful.Id', 'Deployments-0'],
    ['Octopus.Deployment.Machines', 'Machines-1,Machines-2'],
    ['Octopus.Deployment.SpecificMachines', ''],
    ['Octopus.Deployment.ExcludedMachines', 'Machines-4,Machines-5'],
    ['Octopus.Deployment.Error', 'Step 1 (Publish) failed.'],
    ['Octopus.Deployment.ErrorDetail', 'Step 1 (Publish) failed.'],
    [
      'Octopus.Deployment.ChangesMarkdown',
      '### 1.1.0\nQuicker.\n- [7](https://github.com/shop/web/issues/7): Fixes #7: the basket',
    ],
    [
      'Octopus.Deployment.WorkItems',
      '[{"Id":"7","LinkUrl":"https://github.com/shop/web/issues/7","Source":"GitHub","Description":"Fixes #7: the basket"}]',
    ],
    ['Octopus.Environment.Id', 'Environments-1'],
    ['Octopus.Environment.Name', 'Staging'],
    ['Octopus.Environment.SortOrder', '0'],
    ['Octopus.Environment.MachinesInRole[web]', 'Machines-2,Machines-1'],
    ['Octopus.Machine.Id', 'Machines-1'],
    ['Octopus.Machine.Name', 'web-1'],
    ['Octopus.Machine.Hostname', 'web-1.shop.test'],
    ['Octopus.Machine.Roles', 'web,front'],
    ['Octopus.Project.Id', 'Projects-1'],
    ['Octopus.Project.Name', 'Shop'],
    ['Octopus.ProjectGroup.Id', 'g'],
    ['Octopus.ProjectGroup.Name', 'All'],
    ['Octopus.Space.Id', 'Spaces-1'],
    ['Octopus.Space.Name', 'Default'],
    ['Octopus.Task.Id', 'ServerTasks-1'],
    ['Octopus.Task.Name', 'Deploy Shop'],
    ['Octopus.Task.QueueTime', '1970-01-01T00:00:00.000+00:00'],
    ['Octopus.Task.QueueTimeExpiry', '1970-01-01T00:01:00.000+00:00'],
    ['Octopus.Task.Argument[DeploymentId]', 'Deployments-1'],
    ['Octopus.Action.Id', 'action-Publish'],
    ['Octopus.Action.Name', 'Publish'],
    ['Octopus.Action.Number', '1'],
    ['Octopus.Action.IsSkipped', 'False'],
    ['Octopus.Action.TargetRoles', 'web'],
    ['Octopus.Action.Package.PackageId', 'Shop.Web'],
    ['Octopus.Action.Package.PackageVersion', '1.1.0'],
    ['Octopus.Action.Package.FeedId', 'feeds-builtin'],
    ['Octopus.Action[Publish].Package.PackageId', 'Shop.Web'],
    ['Octopus.Action[Publish].Package.PackageVersion', '1.1.0'],
    ['Octopus.Action[Tell].Id', 'action-Tell'],
    ['Octopus.Action[Tell].Name', 'Tell'],
    ['Octopus.Action[Tell].Number', '2'],
    ['Octopus.Action[Tell].IsSkipped', 'False'],
    ['Octopus.Action[Tell].TargetRoles', ''],
    ['Octopus.Action[Tell].Status.Code', 'Pending'],
    ['Octopus.Action[Publish].TargetRoles', 'web'],
    ['Octopus.Step.Id', 'step-Publish'],
    ['Octopus.Step.Name', 'Publish'],
    ['Octopus.Step.Number', '1'],
    ['Octopus.Step.Status.Code', 'Pending'],
    ['Octopus.Step[Tell].Name', 'Tell'],
    ['Octopus.Step[Tell].Number', '2'],
    ['Octopus.Step[Tell].Status.Code', 'Pending'],
    ['Octopus.Tentacle.CurrentDeployment.TargetedRoles', 'web'],
    ['Octopus.Web.ServerUri', 'https://slipway.shop.test'],
    ['Octopus.Web.BaseUrl', 'https://slipway.shop.test'],
    ['Octopus.Web.ProjectLink', '/projects/Projects-1'],
    ['Octopus.Web.ReleaseLink', '/releases/Releases-2'],
    ['Octopus.Web.DeploymentLink', '/deployments/Deployments-1'],
  ])('%s', (name, value) => expect(onTarget[name]).toBe(value))

  it('its changes, each with version and notes', () => {
    expect(JSON.parse(onTarget['Octopus.Deployment.Changes'] ?? '')).toMatchObject([
      {
        Version: '1.1.0',
        ReleaseNotes: 'Quicker.',
        BuildInformation: [
          {
            PackageId: 'Shop.Web',
            Version: '1.1.0',
            BuildNumber: '42',
            VcsCommitUrl: 'https://github.com/shop/web/commit/abc1234',
          },
        ],
        WorkItems: [{ Id: '7' }],
        Commits: [{ Id: 'abc1234', LinkUrl: 'https://github.com/shop/web/commit/abc1234' }],
      },
    ])
    expect(JSON.parse(onTarget['Octopus.Deployment.PackageBuildInformation'] ?? '')).toMatchObject([
      { PackageId: 'Shop.Web', BuildNumber: '42' },
    ])
  })

  it('its pool instead of a target, when it runs on a worker', () => {
    const onWorker = delivered('Tell')
    expect(onWorker).toMatchObject({
      'Octopus.WorkerPool.Id': 'WorkerPools-1',
      'Octopus.WorkerPool.Name': 'Default Worker Pool',
    })
    expect(onWorker['Octopus.Machine.Name']).toBeUndefined()
  })
})

it('every such name is the system’s own, but for those that people may set', () => {
  const own = Object.keys(delivered('Publish')).filter(name => !name.startsWith('Octopus.Action['))
  const left = own.filter(name => !isBuiltIn(name) && !/^Octopus\.Action\.Package/.test(name))
  expect(left).toEqual([])
  expect(USER_SETTABLE.filter(isBuiltIn)).toEqual([])
  expect(isBuiltIn('OCTOPUS.release.NUMBER')).toBe(true)
  expect(isBuiltIn('Octopus.Action.Script.ScriptBody')).toBe(false)
  expect(isBuiltIn('OctopusHost')).toBe(false)
})
