import { skipWhenInstalled } from '../conventions/already-installed.ts'
import { replaceConfigurationSettings } from '../conventions/configuration-settings.ts'
import { transformConfiguration } from '../conventions/configuration-transforms.ts'
import { copyToCustomFolder } from '../conventions/custom-folder.ts'
import { deploy } from '../conventions/deploy.ts'
import { deployFailed } from '../conventions/deploy-failed.ts'
import type { Convention, PackageDeployment } from '../conventions/deployment.ts'
import { extractThePackage } from '../conventions/extract-package.ts'
import { journalDeployment } from '../conventions/journal.ts'
import { postDeploy } from '../conventions/post-deploy.ts'
import { preDeploy } from '../conventions/pre-deploy.ts'
import { removePackaged } from '../conventions/stage-scripts.ts'
import { replaceStructuredVariables } from '../conventions/structured-variables.ts'
import { substituteInFiles } from '../conventions/substitute-in-files.ts'
import { applyCacheLimits } from '../workspace/cache-limits.ts'
import { applyRetention } from '../workspace/retention.ts'
import { type Action, type ActionContext, StepFailure } from './action.ts'
import { type Held, withPackages } from './stage-packages.ts'

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
  const { packages } = context.grant
  const granted = packages.find(({ name }) => name === '') ?? packages[0]
  if (!granted) throw new StepFailure('The step has no package: choose one in the process.')
  await withPackages(context, [granted], async ([held]) => {
    if (held) await deployHeld(context, held)
  })
  applyCacheLimits(context)
}

const deployHeld = async (context: ActionContext, held: Held): Promise<void> => {
  const deployment = begin(context, held)
  try {
    for (const convention of CONVENTIONS) {
      if (deployment.stop.aborted) throw new StepFailure('The deployment was ended.')
      await convention(deployment)
      if (deployment.variables.getFlag('Octopus.Action.SkipRemainingConventions')) break
    }
  } catch (error) {
    await deployFailed(deployment)
    journalDeployment(deployment, false)
    throw error
  }
  if (deployment.isInstalled) return
  removePackaged(deployment, 'DeployFailed')
  journalDeployment(deployment, true)
  applyRetention(deployment)
}

const begin = (context: ActionContext, held: Held): PackageDeployment => {
  const { variables } = context
  variables.set('Octopus.Action.Package.PackageId', held.package.packageId)
  variables.set('Octopus.Action.Package.PackageVersion', held.package.version)
  variables.set('Octopus.Tentacle.CurrentDeployment.PackageFilePath', held.archive)
  return { ...context, ...held, folder: '', extractedTo: '' }
}
