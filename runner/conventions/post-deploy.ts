import type { Convention } from './deployment.ts'
import { runConfigured, runPackaged } from './stage-scripts.ts'

/** The package's own script, then the step's. */
export const postDeploy: Convention = async deployment => {
  await runPackaged(deployment, 'PostDeploy')
  await runConfigured(deployment, 'PostDeploy')
}
