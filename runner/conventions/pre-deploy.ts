import type { Convention } from './deployment.ts'
import { runConfigured, runPackaged } from './stage-scripts.ts'

/** Before the files are touched: the step's own script, then the package's. */
export const preDeploy: Convention = async deployment => {
  await runConfigured(deployment, 'PreDeploy')
  await runPackaged(deployment, 'PreDeploy')
}
