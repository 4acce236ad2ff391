import { skipWhenInstalled } from '../conventions/already-installed.ts'
import { replaceConfigurationSettings } from '../conventions/configuration-settings.ts'
import { transformConfiguration } from '../conventions/configuration-transforms.ts'
import { copyToCustomFolder } from '../conventions/custom-folder.ts'
import { deploy } from '../conventions/deploy.ts'
import { deployFailed } from '../conventions/deploy-failed.ts'
import {
  type Convention,
  type PackageDeployment,
  retentionSetOf,
} from '../conventions/deployment.ts'
import { extractThePackage } from '../conventions/extract-package.ts'
import { postDeploy } from '../conventions/post-deploy.ts'
import { preDeploy } from '../conventions/pre-deploy.ts'
import { removePackaged } from '../conventions/stage-scripts.ts'
import { replaceStructuredVariables } from '../conventions/structured-variables.ts'
import { substituteInFiles } from '../conventions/substitute-in-files.ts'
import { recordDeployed } from '../workspace/deployed.ts'
import { applyRetention } from '../workspace/retention.ts'
import { type Action, type ActionContext, StepFailure } from './action.ts'
import { checkedArchive } from './stage-packages.ts'

/** The order is the product's promise.
 *  @see https://octopus.com/docs/deployments/packages/package-deployment-feature-ordering */
const CONVENTIONS: readonly Convention[] = [
  skipWhenInstalled,
  extractThePackage,
  preDeploy,
  substituteInFiles,
  transformConfiguration,
  replaceConfigurationSettings,
  replaceStructuredVariables,
  copyToCustomFolder,
  deploy,
  postDeploy,
]

/** *Deploy a package*: unpacks it, adapts it to this environment, runs its scripts. */
export const deployPackage: Action = async context => {
  const deployment = await begin(context)
  try {
    for (const convention of CONVENTIONS) {
      if (deployment.stop.aborted) throw new StepFailure('The deployment was ended.')
      await convention(deployment)
      if (deployment.variables.getFlag('Octopus.Action.SkipRemainingConventions')) break
    }
  } catch (error) {
    await deployFailed(deployment)
    record(deployment, false)
    throw error
  }
  if (deployment.isInstalled) return
  removePackaged(deployment, 'DeployFailed')
  record(deployment, true)
  applyRetention(deployment)
}

const begin = async (context: ActionContext): Promise<PackageDeployment> => {
  const { grant, variables } = context
  const granted = grant.packages.find(({ name }) => name === '') ?? grant.packages[0]
  if (!granted) throw new StepFailure('The step has no package: choose one in the process.')
  const archive = await checkedArchive(context, granted)
  variables.set('Octopus.Action.Package.PackageId', granted.packageId)
  variables.set('Octopus.Action.Package.PackageVersion', granted.version)
  variables.set('Octopus.Tentacle.CurrentDeployment.PackageFilePath', archive)
  return { ...context, package: granted, archive, folder: '', extractedTo: '' }
}

const record = (deployment: PackageDeployment, wasSuccessful: boolean): void => {
  const { home, package: pkg, archive, extractedTo, copiedTo, variables } = deployment
  if (!extractedTo) return
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
}
