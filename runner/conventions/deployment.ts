import { isAbsolute, join } from 'node:path'
import type { ActionContext } from '../actions/action.ts'
import type { GrantedPackage } from '../protocol/messages.ts'

/** Where a step has its files: the file features look through this folder. */
export type Place = ActionContext & { folder: string }

/** A package on its way onto this machine. Conventions are carried out one after the other and
 *  pass on what they did by this. `folder` is where it is being deployed: first the extracted
 *  folder, later the custom one. */
export type PackageDeployment = Place & {
  package: GrantedPackage
  /** The package file. */
  archive: string
  /** Where it was extracted; empty before. */
  extractedTo: string
  copiedTo?: string
  /** It is here already: nothing more is to be done, and nothing to be journalled. */
  isInstalled?: true
}

/** One ordered stage of a package deployment. */
export type Convention = (deployment: PackageDeployment) => Promise<void>

/** A stage that only needs to know where the files are; script steps have these too. */
export type FileConvention = (place: Place) => Promise<void>

/** Features are switched on by name for each step. */
export const hasFeature = ({ variables }: ActionContext, name: string): boolean =>
  (variables.get('Octopus.Action.EnabledFeatures') ?? '')
    .split(',')
    .some(feature => feature.trim().toLowerCase() === name.toLowerCase())

/** An output variable, which the rest of this step sees as a variable too. */
export const setOutput = ({ log, variables }: ActionContext, name: string, value: string): void => {
  variables.set(name, value)
  log.set({ name, value, sensitive: false })
}

/** What belongs together on this machine: the same step of the same project in the same
 *  environment, for the same tenant. */
export const retentionSetOf = ({ variables, grant }: ActionContext): string =>
  variables.get('OctopusRetentionPolicySet') ??
  [
    variables.get('Octopus.Environment.Id') ?? '',
    variables.get('Octopus.Project.Id') ?? '',
    variables.get('Octopus.Action.Name') ?? grant.stepName,
    variables.get('Octopus.Machine.Id') ?? '',
    variables.get('Octopus.Deployment.Tenant.Id') ?? '',
  ].join('/')

/** Folders whose files the file features look through: the current one and additional ones. */
export const searchFolders = ({ folder, variables }: Place): string[] => [
  folder,
  ...variables
    .getPaths('Octopus.Action.AdditionalPaths')
    .map(path => (isAbsolute(path) ? path : join(folder, path))),
]
