import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import { flag, idList, line, oneOf, optionalText, requiredName } from './fields.ts'
import {
  ACQUISITION_LOCATIONS,
  CONDITIONS,
  PACKAGE_REQUIREMENTS,
  START_TRIGGERS,
} from './process.ts'

/** Bounds of one process; far above what people write, far below what would hurt. */
export const MAX_STEPS = 200
export const MAX_ACTIONS = 50
const MAX_NAME = 200
const MAX_PROPERTIES = 500
const MAX_PROPERTY = 1_048_576

const ids = idList(500)
const id = line(200)

/** What a client says of a sensitive property: a new text, or null for the one that is stored. */
export type SecretInput = { NewValue: string | null }
export type PropertyInput = string | SecretInput

const property = z.unknown().transform((value, context): PropertyInput | null => {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object' && !Array.isArray(value)) return secretInput(value, context)
  if (typeof value === 'string' && value.length <= MAX_PROPERTY) return value
  context.addIssue(`must be text of at most ${MAX_PROPERTY} characters, or a sensitive value.`)
  return z.NEVER
})

const secretInput = (value: object, context: z.RefinementCtx): SecretInput => {
  const field = Object.entries(value).find(([key]) => key.toLowerCase() === 'newvalue')?.[1]
  if (field === undefined || field === null) return { NewValue: null }
  if (typeof field === 'string' && field.length <= MAX_PROPERTY) return { NewValue: field }
  context.addIssue(`NewValue must be text of at most ${MAX_PROPERTY} characters.`)
  return z.NEVER
}

const properties = z
  .record(z.string().min(1).max(1_000), property)
  .nullish()
  .transform((value, context) => {
    const given = Object.entries(value ?? {}).flatMap(([name, each]) =>
      each === null ? [] : [[name, each] as const],
    )
    if (given.length > MAX_PROPERTIES)
      context.addIssue(`may hold ${MAX_PROPERTIES} properties; found ${given.length}.`)
    return Object.fromEntries<PropertyInput>(given)
  })

const plainProperties = properties.transform((value, context): Record<string, string> => {
  const plain: Record<string, string> = {}
  for (const [name, each] of Object.entries(value))
    if (typeof each === 'string') plain[name] = each
    else context.addIssue(`${name} must be text; a package reference holds no secrets.`)
  return plain
})

const packageReference = z.looseObject({
  Id: id,
  Name: line(MAX_NAME),
  PackageId: line(MAX_NAME),
  FeedId: line(MAX_NAME),
  AcquisitionLocation: oneOf(ACQUISITION_LOCATIONS),
  Properties: plainProperties,
})

const action = z.looseObject({
  Id: id,
  Name: line(MAX_NAME).transform(name => name.trim()),
  Slug: optionalText(200),
  // Any action type is stored: what cannot run says so when it would run.
  ActionType: z.string().max(MAX_NAME),
  IsDisabled: flag,
  IsRequired: flag,
  CanBeUsedForProjectVersioning: flag,
  Condition: oneOf(['Success', 'Variable']),
  Environments: ids,
  ExcludedEnvironments: ids,
  Channels: ids,
  TenantTags: ids,
  Packages: z
    .array(packageReference)
    .max(100)
    .nullish()
    .transform(value => value ?? []),
  WorkerPoolId: optionalText(200),
  WorkerPoolVariable: optionalText(1_000),
  Notes: optionalText(10_000),
  Properties: properties,
})

const step = z.looseObject({
  Id: id,
  Name: requiredName('a step'),
  Slug: optionalText(200),
  Condition: oneOf(CONDITIONS),
  StartTrigger: oneOf(START_TRIGGERS),
  PackageRequirement: oneOf(PACKAGE_REQUIREMENTS),
  Properties: properties,
  Actions: z
    .array(action, { error: 'a step needs at least one action.' })
    .min(1, 'a step needs at least one action.')
    .max(MAX_ACTIONS, `a step may hold ${MAX_ACTIONS} actions.`),
})

/** A process as clients send it: known words in their own spelling, unknown keys as they came. */
export const processDocument = z.looseObject({
  Version: z.number().int().min(0).nullish(),
  Steps: z
    .array(step, { error: 'must be the list of steps; an empty list clears the process.' })
    .max(MAX_STEPS, `a process may hold ${MAX_STEPS} steps.`),
})
export type ProcessDocument = z.output<typeof processDocument>
export type StepDocument = ProcessDocument['Steps'][number]
export type ActionDocument = StepDocument['Actions'][number]

/**
 * Gives nameless actions their step's name and refuses names that could not be told apart: steps,
 * actions and the packages of one action are referred to by name, without regard to letter case.
 * @throws Problem `invalid`
 */
export const named = (document: ProcessDocument): ProcessDocument => {
  const steps = document.Steps.map(step => ({
    ...step,
    Actions: step.Actions.map(action => ({ ...action, Name: action.Name || step.Name })),
  }))
  refuseDoubles(
    steps.map(step => step.Name),
    name =>
      `Two steps are named '${name}'. Rename one: scopes and conditions refer to steps by name.`,
  )
  const actions = steps.flatMap(step => step.Actions)
  refuseDoubles(
    actions.map(action => action.Name),
    name =>
      `Two actions are named '${name}'. Rename one: packages and output variables refer to actions by name.`,
  )
  for (const { Name, Packages } of actions)
    refuseDoubles(
      Packages.map(each => each.Name),
      name =>
        name === ''
          ? `Action '${Name}' has two primary packages; give one of them a name.`
          : `Action '${Name}' has two packages named '${name}'; rename one.`,
    )
  return { ...document, Steps: steps }
}

const refuseDoubles = (names: string[], words: (name: string) => string) => {
  const seen = new Set<string>()
  for (const name of names) {
    const lower = name.toLowerCase()
    if (seen.has(lower)) throw invalid(words(name))
    seen.add(lower)
  }
}
