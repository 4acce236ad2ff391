import { recordDeployed } from '../workspace/deployed.ts'
import { type PackageDeployment, retentionSetOf } from './deployment.ts'

/** Notes what was put on this machine, well or not. Only what has a folder is noted. Never throws:
 *  what has been deployed is deployed, whether it could be noted or not. */
export const journalDeployment = (
  deployment: Omit<PackageDeployment, 'folder'>,
  wasSuccessful: boolean,
): void => {
  const { home, package: pkg, archive, extractedTo, copiedTo, variables, log } = deployment
  if (!extractedTo) return
  try {
    recordDeployed(home, {
      retentionSet: retentionSetOf(deployment),
      deploymentId: variables.get('Octopus.Deployment.Id') ?? deployment.grant.attempt,
      environmentId: variables.get('Octopus.Environment.Id') ?? '',
      projectId: variables.get('Octopus.Project.Id') ?? '',
      tenantId: variables.get('Octopus.Deployment.Tenant.Id') ?? '',
      packageId: pkg.packageId,
      version: pkg.version,
      archive,
      extractedTo,
      ...(copiedTo && { customFolder: copiedTo }),
      installedAt: Date.now(),
      wasSuccessful,
    })
  } catch (error) {
    log.say('warning', `The journal of this machine could not be written: ${String(error)}`)
  }
}
