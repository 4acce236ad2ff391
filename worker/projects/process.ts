/** When a step runs, given what happened before it; of an action only `Success` and `Variable`.
 *  `Cancelled` is ours: after somebody has cancelled the deployment, and only then. */
export const CONDITIONS = ['Success', 'Failure', 'Always', 'Variable', 'Cancelled'] as const
export type Condition = (typeof CONDITIONS)[number]
export const START_TRIGGERS = ['StartAfterPrevious', 'StartWithPrevious'] as const
export type StartTrigger = (typeof START_TRIGGERS)[number]
export const PACKAGE_REQUIREMENTS = [
  'LetOctopusDecide',
  'BeforePackageAcquisition',
  'AfterPackageAcquisition',
] as const
export type PackageRequirement = (typeof PACKAGE_REQUIREMENTS)[number]
export const ACQUISITION_LOCATIONS = ['Server', 'ExecutionTarget', 'NotAcquired'] as const
export type AcquisitionLocation = (typeof ACQUISITION_LOCATIONS)[number]

/** A property's sealed value, and the additional data that `open` needs for it. */
export type SealedProperty = { sealed: string; aad: string }

export type PackageReference = {
  id: string
  /** Empty: the step's primary package. */
  name: string
  packageId: string
  feedId: string
  acquisitionLocation: AcquisitionLocation
  /** `Extract` of the reference's properties; the primary package is always extracted. */
  extract: boolean
  properties: Record<string, string>
}

export type Action = {
  id: string
  name: string
  actionType: string
  isDisabled: boolean
  isRequired: boolean
  condition: Condition
  environments: string[]
  excludedEnvironments: string[]
  channels: string[]
  tenantTags: string[]
  packages: PackageReference[]
  workerPoolId: string | null
  workerPoolVariable: string | null
  /** Plain properties only. */
  properties: Record<string, string>
  sealedProperties: Record<string, SealedProperty>
}

export type Step = {
  id: string
  name: string
  condition: Condition
  startTrigger: StartTrigger
  packageRequirement: PackageRequirement
  properties: Record<string, string>
  sealedProperties: Record<string, SealedProperty>
  actions: Action[]
}

/** The tags whose targets the step runs on; empty for a step that runs once, on a worker. */
export const targetTags = (step: Pick<Step, 'properties'>): string[] =>
  (step.properties['Octopus.Action.TargetRoles'] ?? '')
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '')

/** True when the action's work happens on a pool's runner instead of on the target itself. */
export const runsOnServer = (action: Pick<Action, 'properties'>): boolean =>
  action.properties['Octopus.Action.RunOnServer']?.toLowerCase() === 'true'

/** Where the text of a sealed step property belongs; part of what it was encrypted with.
 *  `holderId` is the step's or the action's id, which only the server ever makes. */
export const propertyAad = (holderId: string, name: string): string =>
  `processes|${holderId}|${name}`

/**
 * The planner's view of a stored process. It reads any document that was ever stored: what is
 * missing has its default, what is unknown is left out.
 */
export const readSteps = (steps: unknown): Step[] =>
  list(steps).map(each => {
    const step = record(each)
    const id = text(step.Id)
    return {
      id,
      name: text(step.Name),
      condition: oneOf(CONDITIONS, step.Condition),
      startTrigger: oneOf(START_TRIGGERS, step.StartTrigger),
      packageRequirement: oneOf(PACKAGE_REQUIREMENTS, step.PackageRequirement),
      ...readProperties(step.Properties, id),
      actions: list(step.Actions).map(readAction),
    }
  })

const readAction = (value: unknown): Action => {
  const action = record(value)
  const id = text(action.Id)
  const { properties, sealedProperties } = readProperties(action.Properties, id)
  return {
    id,
    name: text(action.Name),
    actionType: text(action.ActionType),
    isDisabled: action.IsDisabled === true,
    isRequired: action.IsRequired === true,
    condition: oneOf(CONDITIONS, action.Condition),
    environments: texts(action.Environments),
    excludedEnvironments: texts(action.ExcludedEnvironments),
    channels: texts(action.Channels),
    tenantTags: texts(action.TenantTags),
    packages: readPackages(action.Packages, properties),
    workerPoolId: text(action.WorkerPoolId) || null,
    workerPoolVariable: text(action.WorkerPoolVariable) || null,
    properties,
    sealedProperties,
  }
}

/** Older clients name the primary package in the action's properties alone. */
const readPackages = (
  packages: unknown,
  properties: Record<string, string>,
): PackageReference[] => {
  const references = list(packages).map((each): PackageReference => {
    const reference = record(each)
    const { properties } = readProperties(reference.Properties, '')
    const name = text(reference.Name)
    return {
      id: text(reference.Id),
      name,
      packageId: text(reference.PackageId),
      feedId: text(reference.FeedId),
      acquisitionLocation: oneOf(ACQUISITION_LOCATIONS, reference.AcquisitionLocation),
      extract: name === '' || properties.Extract?.toLowerCase() === 'true',
      properties,
    }
  })
  const packageId = properties['Octopus.Action.Package.PackageId']
  if (!packageId || references.some(reference => reference.name === '')) return references
  const primary: PackageReference = {
    id: '',
    name: '',
    packageId,
    feedId: properties['Octopus.Action.Package.FeedId'] ?? '',
    acquisitionLocation: 'Server',
    extract: true,
    properties: {},
  }
  return [primary, ...references]
}

const readProperties = (value: unknown, holderId: string) => {
  const properties: Record<string, string> = {}
  const sealedProperties: Record<string, SealedProperty> = {}
  for (const [name, property] of Object.entries(record(value))) {
    if (typeof property === 'string') properties[name] = property
    const sealed = record(property).Sealed
    if (typeof sealed === 'string')
      sealedProperties[name] = { sealed, aad: propertyAad(holderId, name) }
  }
  return { properties, sealedProperties }
}

const oneOf = <T extends string>(known: readonly [T, ...T[]], value: unknown): T =>
  known.find(each => each.toLowerCase() === text(value).toLowerCase()) ?? known[0]

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const record = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] =>
  list(value).filter((each): each is string => typeof each === 'string')
