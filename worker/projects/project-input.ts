import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import { flag, idList, line, oneOf, optionalText, requiredName } from './fields.ts'
import { DEFAULT_SETTINGS, DEFAULT_VERSION_TEMPLATE } from './project.ts'

const SETTINGS_BYTES = 262_144

const donorPackage = z
  .object({ DeploymentAction: z.string().max(200), PackageReference: optionalText(200) })
  .nullish()
  .transform(value => value ?? null)

const versioningStrategy = z
  .object({
    Template: optionalText(1_000),
    DonorPackage: donorPackage,
    DonorPackageStepId: optionalText(200),
  })
  .transform(value =>
    value.Template || value.DonorPackage ? value : { ...value, Template: DEFAULT_VERSION_TEMPLATE },
  )

const connectivityPolicy = z.object({
  SkipMachineBehavior: oneOf(['None', 'SkipUnavailableMachines']),
  TargetRoles: idList(100),
  AllowDeploymentsToNoTargets: flag,
  ExcludeUnhealthyTargets: flag,
})

const guidedFailureMode = oneOf(['EnvironmentDefault', 'Off', 'On'])

/** A project as clients send it; keys we do not know are kept as they are. */
export const projectInput = z.looseObject({
  Name: requiredName('a project'),
  Slug: optionalText(200),
  Description: line(10_000),
  ProjectGroupId: z.string({ error: 'a project needs the id of its group.' }).min(1).max(200),
  LifecycleId: z.string({ error: 'a project needs the id of its lifecycle.' }).min(1).max(200),
  IsDisabled: flag,
  IncludedLibraryVariableSetIds: idList(100).optional(),
  TenantedDeploymentMode: oneOf(['Untenanted', 'TenantedOrUntenanted', 'Tenanted']).optional(),
  VersioningStrategy: versioningStrategy.nullish(),
  ReleaseNotesTemplate: z.string().max(100_000).nullish(),
  DefaultGuidedFailureMode: guidedFailureMode.nullish(),
  ProjectConnectivityPolicy: connectivityPolicy.nullish(),
  DefaultToSkipIfAlreadyInstalled: z.boolean().nullish(),
  AllowIgnoreChannelRules: z.boolean().nullish(),
})
export type ProjectInput = z.output<typeof projectInput>

export const deploymentSettingsInput = z.object({
  ConnectivityPolicy: connectivityPolicy.nullish(),
  DefaultGuidedFailureMode: guidedFailureMode.nullish(),
  VersioningStrategy: versioningStrategy.nullish(),
  ReleaseNotesTemplate: z.string().max(100_000).nullish(),
  DeploymentChangesTemplate: z.string().max(100_000).nullish(),
  DefaultToSkipIfAlreadyInstalled: z.boolean().nullish(),
  ForcePackageDownload: z.boolean().nullish(),
})
export type DeploymentSettingsInput = z.output<typeof deploymentSettingsInput>

export const groupInput = z.object({
  Name: requiredName('a project group'),
  Slug: optionalText(200),
  Description: line(10_000),
})
export type GroupInput = z.output<typeof groupInput>

/** What has a column of its own, or what the server alone decides. */
const NOT_SETTINGS = new Set(
  [
    'Id',
    'SpaceId',
    'Name',
    'Slug',
    'Description',
    'ProjectGroupId',
    'LifecycleId',
    'IsDisabled',
    'IsVersionControlled',
    'PersistenceSettings',
    'DeploymentProcessId',
    'VariableSetId',
    'ClonedFromProjectId',
    'Links',
  ].map(key => key.toLowerCase()),
)

/** The rest of a project: what is given replaces what was, the others stay.
 *  @throws Problem `invalid` when it is too large to keep */
export const settingsOf = (
  input: Record<string, unknown>,
  before: Record<string, unknown> = {},
): Record<string, unknown> => {
  const given = Object.entries(input).filter(
    ([key, value]) =>
      value !== undefined &&
      (value !== null || !DEFAULT_SETTINGS[key]) &&
      !NOT_SETTINGS.has(key.toLowerCase()),
  )
  const settings = { ...before, ...Object.fromEntries(given) }
  const size = JSON.stringify(settings).length
  if (size > SETTINGS_BYTES)
    throw invalid(`A project's settings may take ${SETTINGS_BYTES} characters; these take ${size}.`)
  return settings
}
