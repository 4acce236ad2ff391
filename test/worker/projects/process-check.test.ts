import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shop, scriptStep, shop } from './shop.ts'

let server: Shop
beforeAll(async () => {
  server = await shop()
})
afterAll(() => server?.stop())

const web = { 'Octopus.Action.TargetRoles': 'web' }
const withPackage = { Packages: [{ Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin' }] }
const settings = (Properties: Record<string, unknown>) => scriptStep('Deploy', { Properties })
const rolling = (window: unknown) =>
  scriptStep('Deploy', {}, { Properties: { ...web, 'Octopus.Action.MaxParallelism': window } })
const approve = (Properties: Record<string, unknown>) =>
  scriptStep('Approve', { ActionType: 'Octopus.Manual', Properties })
const nested = (Properties: Record<string, unknown>, more: object = {}) => {
  const step = scriptStep('Roll')
  const [first] = step.Actions
  return { ...step, Actions: [first, { ...first, Name: 'Smoke', Properties, ...more }] }
}
const WINDOW =
  'it must be a whole number of 1 or more, or an expression that comes to one. Leave it out to deploy to up to 10 targets at once.'

it.each([
  { step: rolling('0'), says: `Step 'Deploy' has a rolling window of '0'; ${WINDOW}` },
  { step: rolling('many'), says: `Step 'Deploy' has a rolling window of 'many'; ${WINDOW}` },
  { step: rolling(1.5), says: `Step 'Deploy' has a rolling window of '1.5'; ${WINDOW}` },
  {
    step: settings({ 'Octopus.Action.ExecutionTimeout.Minutes': '-1' }),
    says: "Step 'Deploy' has a time-out of '-1'; it must be minutes from 0, for none, to 43200.",
  },
  {
    step: settings({ 'Octopus.Action.ExecutionTimeout.Minutes': 'an hour' }),
    says: "Step 'Deploy' has a time-out of 'an hour'; it must be minutes from 0, for none, to 43200.",
  },
  {
    step: settings({ 'Octopus.Action.AutoRetry.MaximumCount': '4' }),
    says: "Step 'Deploy' has a number of retries of '4'; it must be 0, 1, 2 or 3.",
  },
  {
    step: nested({ 'Octopus.Action.AutoRetry.MinimumBackoff': '-5' }),
    says: "Child step 'Smoke' has a wait before a retry of '-5'; it must be seconds from 0 to 3600.",
  },
  {
    step: settings({ 'Slipway.Action.RetrySafe': 'perhaps' }),
    says: "Step 'Deploy' has a value for Slipway.Action.RetrySafe of 'perhaps'; it must be True or False.",
  },
  {
    step: settings({ 'Slipway.Action.MaximumReboots': '6' }),
    says: "Step 'Deploy' has a number of restarts of '6'; it must be from 1 to 5.",
  },
  {
    step: settings({ 'Slipway.Action.ExpectsReboot': 'often' }),
    says: "Step 'Deploy' has a value for Slipway.Action.ExpectsReboot of 'often'; it must be True or False.",
  },
  {
    step: scriptStep('Deploy', {}, { Condition: 'Variable' }),
    says: "Step 'Deploy' runs on the condition Variable, but has no expression. Give it one in Octopus.Step.ConditionVariableExpression, such as #{if Deploy}True#{/if}, or choose another condition.",
  },
  {
    step: nested({}, { Condition: 'Variable' }),
    says: "Child step 'Smoke' runs on the condition Variable, but has no expression.",
  },
  {
    step: nested({}, { Condition: 'Failure' }),
    says: "must be Success, Variable; found 'Failure'.",
  },
  {
    step: approve({ 'Octopus.Action.Manual.Instructions': '  ' }),
    says: "Step 'Approve' waits for a person, but has no instructions. Say in Octopus.Action.Manual.Instructions what is to be looked at or done.",
  },
  {
    step: approve({
      'Octopus.Action.Manual.Instructions': 'Look',
      'Octopus.Action.Manual.ResponsibleTeamIds': 'Teams-99',
    }),
    says: "Action 'Approve' names the team 'Teams-99', which does not exist here. Choose from ",
  },
  {
    step: scriptStep('Deploy', withPackage, { PackageRequirement: 'BeforePackageAcquisition' }),
    says: "Step 'Deploy' is to run before packages are fetched, and needs packages itself. Let it run after they are.",
  },
  {
    step: scriptStep('Deploy', withPackage),
    more: scriptStep('Free disk', {}, { PackageRequirement: 'BeforePackageAcquisition' }),
    says: "Step 'Free disk' is to run before packages are fetched, but 'Deploy', which needs them, does not come after it. Move it up, or let it run whenever the packages come.",
  },
  {
    step: scriptStep('Deploy', { WorkerPoolId: 'WorkerPools-99' }),
    says: "Action 'Deploy' names the worker pool 'WorkerPools-99', which does not exist here. Choose from ",
  },
])('refuses a process: $says', async ({ step, says, ...rest }) => {
  const Steps = 'more' in rest ? [step, rest.more] : [step]
  const path = `/api/projects/${server.project.Id}/deploymentprocesses`
  const before = await server.json('GET', path)
  const answer = await server.json('PUT', path, { body: { Steps }, status: 400 })
  expect(JSON.stringify(answer)).toContain(says)
  expect(await server.json('GET', path)).toEqual(before)
})

it.each([
  { what: 'a window', step: rolling('3') },
  { what: 'a window by an expression', step: rolling('#{Width}') },
  { what: 'an empty window', step: rolling('') },
  {
    what: 'a time-out of half a minute and three retries',
    step: settings({
      'Octopus.Action.ExecutionTimeout.Minutes': '0.5',
      'Octopus.Action.AutoRetry.MaximumCount': '3',
      'Octopus.Action.AutoRetry.MinimumBackoff': '15',
    }),
  },
  {
    what: 'an expression for its condition',
    step: scriptStep(
      'Deploy',
      {},
      {
        Condition: 'Variable',
        Properties: { ...web, 'Octopus.Step.ConditionVariableExpression': '#{Deploy}' },
      },
    ),
  },
  {
    what: 'a finalizer that runs after a cancel',
    step: scriptStep(
      'Unlock',
      {},
      { Condition: 'Cancelled', Properties: { ...web, 'Slipway.Step.IsFinalizer': 'True' } },
    ),
  },
  {
    what: 'a step before its packages come, of which it only wants the name',
    step: scriptStep(
      'Deploy',
      { Packages: [{ ...withPackage.Packages[0], AcquisitionLocation: 'NotAcquired' }] },
      { PackageRequirement: 'BeforePackageAcquisition' },
    ),
  },
])('takes $what', async ({ step }) => {
  expect((await server.saveSteps(step)).Steps).toHaveLength(1)
})

it('asks teams by ids in their own spelling', async () => {
  const [team] = await server.rows('SELECT id FROM teams LIMIT 1')
  const id = String(team?.id)
  const saved = await server.saveSteps(
    approve({
      'Octopus.Action.Manual.Instructions': 'Look',
      'Octopus.Action.Manual.ResponsibleTeamIds': ` ${id.toUpperCase()}, `,
    }),
  )
  expect(saved.Steps[0].Actions[0].Properties).toMatchObject({
    'Octopus.Action.Manual.ResponsibleTeamIds': id,
  })
})
