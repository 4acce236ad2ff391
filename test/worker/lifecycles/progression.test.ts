import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PhaseDocument } from '../../../worker/lifecycles/lifecycle.ts'
import {
  automaticEnvironments,
  environmentOrder,
  mayDeploy,
  nextEnvironments,
  phasesOf,
  progression,
} from '../../../worker/lifecycles/progression.ts'

const development = { id: 'Environments-1', name: 'Development' }
const test = { id: 'Environments-2', name: 'Test' }
const staging = { id: 'Environments-3', name: 'Staging' }
const production = { id: 'Environments-4', name: 'Production' }
const environments = [development, test, staging, production]

const phase = (name: string, more: Partial<PhaseDocument> = {}): PhaseDocument => ({
  Id: name.toLowerCase(),
  Name: name,
  AutomaticDeploymentTargets: [],
  OptionalDeploymentTargets: [],
  MinimumEnvironmentsBeforePromotion: 0,
  IsOptionalPhase: false,
  IsPriorityPhase: false,
  ReleaseRetentionPolicy: null,
  TentacleRetentionPolicy: null,
  ...more,
})

const three = [
  phase('Build', { AutomaticDeploymentTargets: [development.id] }),
  phase('Check', { OptionalDeploymentTargets: [test.id, staging.id] }),
  phase('Live', { OptionalDeploymentTargets: [production.id] }),
]
const withOptionalCheck = three.map(each =>
  each.Name === 'Check' ? { ...each, IsOptionalPhase: true } : each,
)
const withOneOfTwo = three.map(each =>
  each.Name === 'Check' ? { ...each, MinimumEnvironmentsBeforePromotion: 1 } : each,
)

const successesIn = (...done: { id: string }[]) => new Set(done.map(({ id }) => id))

describe('the phases of a lifecycle', () => {
  it('are one per environment, in sort order, when it has none of its own', () => {
    const phases = phasesOf({ phases: [] }, environments)
    expect(phases.map(({ name }) => name)).toEqual(['Development', 'Test', 'Staging', 'Production'])
    expect(phases.every(({ isImplicit, required }) => isImplicit && required === 1)).toBe(true)
  })

  it('give a phase without environments every one that no earlier phase lists', () => {
    const phases = phasesOf({ phases: [three[0], phase('Anywhere')] }, environments)
    expect(phases[1]?.environments).toEqual([test, staging, production])
    expect(phases[1]?.required).toBe(3)
  })

  it('leave out an environment that was deleted, and never require more than there are', () => {
    const phases = phasesOf({ phases: withOneOfTwo }, [development, production])
    expect(phases.map(each => [each.environments.length, each.required])).toEqual([
      [1, 1],
      [0, 0],
      [1, 1],
    ])
  })

  it.each([undefined, null, 'nonsense', {}])('are implicit when what is stored is %s', stored => {
    expect(phasesOf({ phases: stored }, environments)).toHaveLength(4)
  })

  it('order every environment once', () => {
    const phases = phasesOf({ phases: [phase('Any'), ...three] }, environments)
    expect(environmentOrder(phases)).toEqual(environments)
  })
})

describe('the progression of a release', () => {
  it.each([
    { when: 'nothing was deployed', done: [], states: ['Current', 'Pending', 'Pending'] },
    {
      when: 'the first phase is done',
      done: [development],
      states: ['Complete', 'Current', 'Pending'],
    },
    {
      when: 'one of two environments is done and all are required',
      done: [development, test],
      states: ['Complete', 'Current', 'Pending'],
    },
    {
      when: 'both are done',
      done: [development, test, staging],
      states: ['Complete', 'Complete', 'Current'],
    },
    { when: 'all are done', done: environments, states: ['Complete', 'Complete', 'Complete'] },
    {
      when: 'a later environment had a success before the lifecycle was changed',
      done: [production],
      states: ['Current', 'Pending', 'Complete'],
    },
  ])('is $states when $when', ({ done, states }) => {
    const steps = progression(phasesOf({ phases: three }, environments), successesIn(...done))
    expect(steps.map(({ state }) => state)).toEqual(states)
  })

  it.each([
    { lifecycle: 'three phases', phases: three, done: [], next: [development] },
    { lifecycle: 'three phases', phases: three, done: [development], next: [test, staging] },
    { lifecycle: 'three phases', phases: three, done: [development, test], next: [staging] },
    {
      lifecycle: 'one of two required',
      phases: withOneOfTwo,
      done: [development, test],
      next: [staging, production],
    },
    {
      lifecycle: 'an optional phase in the middle',
      phases: withOptionalCheck,
      done: [development],
      next: [test, staging, production],
    },
    {
      lifecycle: 'an optional phase first',
      phases: [
        { ...phase('Try'), IsOptionalPhase: true, OptionalDeploymentTargets: [test.id] },
        ...three.slice(2),
      ],
      done: [],
      next: [test, production],
    },
    { lifecycle: 'no phases', phases: [], done: [], next: [development] },
    { lifecycle: 'no phases', phases: [], done: [development], next: [test] },
    { lifecycle: 'three phases', phases: three, done: environments, next: [] },
  ])('offers $next next, with $lifecycle and $done done', ({ phases, done, next }) => {
    expect(nextEnvironments(phasesOf({ phases }, environments), successesIn(...done))).toEqual(
      next.map(({ id }) => id),
    )
  })

  it('deploys by itself to automatic environments of open phases only, never in an optional one', () => {
    const automatic = [
      phase('One', { AutomaticDeploymentTargets: [development.id, test.id] }),
      phase('Two', { AutomaticDeploymentTargets: [staging.id], IsOptionalPhase: true }),
      phase('Three', { AutomaticDeploymentTargets: [production.id] }),
    ]
    const phases = phasesOf({ phases: automatic }, environments)
    expect(automaticEnvironments(phases, successesIn())).toEqual([development.id, test.id])
    expect(automaticEnvironments(phases, successesIn(development))).toEqual([test.id])
    expect(automaticEnvironments(phases, successesIn(development, test))).toEqual([production.id])
  })
})

describe('whether a release may be deployed', () => {
  const phases = phasesOf({ phases: three }, environments)
  it.each([
    { to: development, done: [], allowed: true },
    { to: test, done: [], allowed: false },
    { to: test, done: [development], allowed: true },
    { to: production, done: [development, test], allowed: false },
    { to: production, done: [development, test, staging], allowed: true },
    { to: production, done: [production], allowed: true },
    { to: development, done: environments, allowed: true },
  ])('to $to.name after $done is $allowed', ({ to, done, allowed }) => {
    expect(mayDeploy(phases, successesIn(...done), to.id, to.name).allowed).toBe(allowed)
  })

  it('says what is missing, by name', () => {
    expect(mayDeploy(phases, successesIn(development, test), production.id, 'Production')).toEqual({
      allowed: false,
      reason:
        'This release cannot be deployed to Production yet. ' +
        'It must first succeed in Staging (phase Check). Phase Live opens after that.',
    })
    expect(mayDeploy(phases, successesIn(), production.id, 'Production')).toEqual({
      allowed: false,
      reason:
        'This release cannot be deployed to Production yet. ' +
        'It must first succeed in Development (phase Build). ' +
        'It must first succeed in Test and Staging (phase Check). Phase Live opens after that.',
    })
    const oneOfTwo = phasesOf({ phases: withOneOfTwo }, environments)
    expect(mayDeploy(oneOfTwo, successesIn(development), production.id, 'Production')).toEqual({
      allowed: false,
      reason:
        'This release cannot be deployed to Production yet. ' +
        'It must first succeed in 1 of Test and Staging (phase Check). Phase Live opens after that.',
    })
  })

  it('is refused outside the lifecycle, even after a success there', () => {
    const short = phasesOf({ phases: three.slice(0, 2) }, environments)
    expect(mayDeploy(short, successesIn(production), production.id, 'Production')).toEqual({
      allowed: false,
      reason:
        'The lifecycle has no phase with the environment Production. ' +
        'Add it to a phase, or use a channel whose lifecycle has it.',
    })
  })

  it('is refused everywhere when there are no environments', () => {
    expect(mayDeploy(phasesOf({ phases: [] }, []), new Set(), 'Environments-9').allowed).toBe(false)
  })

  it('never becomes less by a further success', () => {
    const ids = environments.map(({ id }) => id)
    const documents = fc.array(
      fc.record({ members: fc.subarray(ids), minimum: fc.nat(4), isOptional: fc.boolean() }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(documents, fc.subarray(ids), fc.constantFrom(...ids), (drawn, done, more) => {
        const lifecycle = {
          phases: drawn.map(({ members, minimum, isOptional }, at) =>
            phase(`P${at}`, {
              OptionalDeploymentTargets: members,
              MinimumEnvironmentsBeforePromotion: minimum,
              IsOptionalPhase: isOptional,
            }),
          ),
        }
        const all = phasesOf(lifecycle, environments)
        for (const id of ids)
          if (mayDeploy(all, new Set(done), id).allowed)
            expect(mayDeploy(all, new Set([...done, more]), id).allowed).toBe(true)
      }),
    )
  })
})
