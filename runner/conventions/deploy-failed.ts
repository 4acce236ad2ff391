import { existsSync } from 'node:fs'
import type { PackageDeployment } from './deployment.ts'
import { runPackaged } from './stage-scripts.ts'

/** Lets the package clean up. Never throws: the first error is the one that counts. */
export const deployFailed = async (deployment: PackageDeployment): Promise<void> => {
  if (!deployment.extractedTo || !existsSync(deployment.folder) || deployment.stop.aborted) return
  try {
    await runPackaged(deployment, 'DeployFailed')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    deployment.log.say('error', `DeployFailed failed as well: ${message}`)
  }
}
