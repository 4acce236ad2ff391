import type { Convention } from './deployment.ts'
import { runConfigured, runPackaged } from './stage-scripts.ts'

/** The package's own script, then the step's. */
export const deploy: Convention = async deployment => {
  await runPackaged(deployment, 'Deploy')
  await runConfigured(deployment, 'Deploy')
}
