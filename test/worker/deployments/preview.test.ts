import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter, planInputOf } from '../../../worker/deployments/inputs.ts'
import { planDeployment } from '../../../worker/deployments/plan.ts'
import { previewDeployment } from '../../../worker/deployments/preview.ts'
import { getRelease } from '../../../worker/releases/store.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from './shop.ts'

const script = (
  Name: string,
  more: object = {},
  properties: object = { 'Octopus.Action.TargetRoles': 'web' },
) => ({
  Name,
  Properties: properties,
  Actions: [
    {
      Name,
      ActionType: 'Octopus.Script',
      Properties: { 'Octopus.Action.Script.ScriptBody': 'true' },
      ...more,
    },
  ],
})
const onWorker = { Properties: { 'Octopus.Action.RunOnServer': 'true' } }

let shop: Shop
let release: Answer
beforeAll(async () => {
  shop = await openShop()
  await shop.json('PUT', `${S}/projects/${shop.project.Id}/deploymentprocesses`, {
    body: {
      Steps: [
        script('Back up', { IsDisabled: true }),
        script('Deploy web', { IsRequired: true }),
        script('Warm caches', {}, { 'Octopus.Action.TargetRoles': 'cache' }),
        script('Celebrate', { ExcludedEnvironments: [shop.staging] }),
        script('Smoke test', { ...onWorker, WorkerPoolVariable: 'Pool' }, {}),
      ],
    },
  })
  const [pool] = await shop.rows('SELECT id FROM worker_pools LIMIT 1')
  const set = await shop.json('GET', `${S}/variables/variableset-${shop.project.Id}`)
  await shop.json('PUT', `${S}/variables/variableset-${shop.project.Id}`, {
    body: {
      ...set,
      Variables: [
        { Name: 'Pool', Value: pool?.id, Type: 'WorkerPool', Scope: {} },
        {
          Name: 'Ticket',
          Value: 'none',
          Type: 'String',
          Scope: { Environment: [shop.staging] },
          Prompt: { Label: 'Change ticket', Required: true },
        },
      ],
    },
  })
  await shop.rows("UPDATE targets SET health_status = 'Unavailable' WHERE name = 'web-2'")
  await shop.release('1.0.0')
  release = (await shop.json('GET', `${S}/releases`)).Items[0]
})
afterAll(() => shop?.stop())

const preview = (environment: string, query = '', sent: object = {}) =>
  shop.json('GET', `${S}/releases/${release.Id}/deployments/preview/${environment}${query}`, sent)
const policy = (more: object) =>
  shop.json('PUT', `${S}/projects/${shop.project.Id}/deploymentsettings`, {
    body: { ConnectivityPolicy: more },
  })

describe('a preview', () => {
  it('tells what runs, where, what is asked, and why the rest does not', async () => {
    const found = await preview(shop.staging, '', { key: shop.ben })
    expect(found.StepsToExecute).toMatchObject([
      {
        ActionName: 'Deploy web',
        ActionNumber: '2',
        Roles: ['web'],
        Machines: [
          { Name: 'web-1', HealthStatus: 'Unknown' },
          { Name: 'web-2', HealthStatus: 'Unavailable' },
        ],
        MachineNames: ['web-1', 'web-2'],
        CanBeSkipped: false,
        IsDisabled: false,
        HasNoApplicableMachines: false,
        ExcludedMachines: [],
      },
      {
        ActionName: 'Warm caches',
        Machines: [],
        CanBeSkipped: true,
        HasNoApplicableMachines: true,
        Reason: 'No enabled target in Staging has the tag cache.',
      },
      {
        ActionName: 'Smoke test',
        Roles: [],
        Machines: [],
        HasNoApplicableMachines: false,
        WorkerPoolName: 'Default Worker Pool',
      },
    ])
    expect(found.ExcludedSteps).toMatchObject([
      { ActionName: 'Back up', Reason: 'It is disabled.' },
      { ActionName: 'Celebrate', Reason: 'It does not run in Staging.' },
    ])
    expect(found).toMatchObject({
      UseGuidedFailureModeByDefault: false,
      Blocked: null,
      MissingPackages: [],
      Form: {
        Elements: [
          {
            IsValueRequired: true,
            Control: { Type: 'VariableValue', Name: 'Ticket', Label: 'Change ticket' },
          },
        ],
      },
    })
    expect(Object.values(found.Form.Values)).toEqual(['none'])
    expect(found.Problem).toContain('which has no enabled worker')
  })

  it('shows disabled steps when asked', async () => {
    const found = await preview(shop.staging, '?includeDisabledSteps=true')
    expect(found.StepsToExecute[0]).toMatchObject({ ActionName: 'Back up', IsDisabled: true })
    expect(found.ExcludedSteps.map((each: Answer) => each.ActionName)).toEqual(['Celebrate'])
  })

  it('takes what is left out, and names each target with its reason', async () => {
    await policy({ SkipMachineBehavior: 'SkipUnavailableMachines' })
    const found = await preview(shop.staging, '?excludedMachineIds=web-1')
    expect(found.StepsToExecute[0]).toMatchObject({
      Machines: [],
      ExcludedMachines: [
        { Name: 'web-1', Reason: 'It was left out of this deployment.' },
        { Name: 'web-2', Reason: 'It is unavailable, and the project skips unavailable targets.' },
      ],
    })
    expect(found.Problem).toContain('There is nothing to deploy to.')
    await policy({ SkipMachineBehavior: 'None' })
  })

  it('says when the lifecycle does not lead there yet', async () => {
    const found = await preview(shop.production)
    expect(found.Blocked).toContain('Staging')
  })

  it('is made for several environments in their order', async () => {
    const ids = [shop.production, shop.staging, shop.production]
    const found = await shop.json('POST', `${S}/releases/${release.Id}/deployments/previews`, {
      body: { DeploymentPreviews: ids.map(EnvironmentId => ({ EnvironmentId })) },
      status: 200,
    })
    expect(found.map((each: Answer) => each.EnvironmentId)).toEqual(ids)
  })

  it('is refused for what is not there', async () => {
    await preview('Environments-99', '', { status: 404 })
    await preview(shop.staging, '?skipActions=Nothing', { status: 400 })
    await preview(`${shop.staging}/Tenants-1`, '', { status: 404 })
    await shop.json('POST', `${S}/releases/${release.Id}/deployments/previews`, {
      body: { DeploymentPreviews: [] },
      status: 400,
    })
  })

  it('says that a process has no steps', async () => {
    await shop.newProject('Empty')
    const made = await shop.release('1.0.0', 'Empty')
    const path = `${S}/releases/${made.ReleaseId}/deployments/preview/${shop.staging}`
    expect(await shop.json('GET', path)).toMatchObject({
      StepsToExecute: [],
      ExcludedSteps: [],
      Problem: 'The process has no steps. Add one and create a new release.',
    })
  })

  it('is what then runs', async () => {
    const row = await getRelease(shop.db, 'Spaces-1', release.Id)
    const foreseen = await previewDeployment(shop.db, row, { id: shop.staging, name: 'Staging' })
    const { DeploymentServerTasks } = await shop.deploy('1.0.0', ['Staging'], {
      Variables: { Ticket: 'CHG-1' },
    })
    const loading = await enter(shop.db, DeploymentServerTasks[0].DeploymentId, Date.now())
    if (loading.type !== 'loaded') throw new Error(loading.type)
    expect(planDeployment(planInputOf(loading)).plan).toEqual(foreseen.plan)
    expect(loading.inputs.guidedFailure).toBe(foreseen.guidedFailure)
  })
})
