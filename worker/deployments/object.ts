import type { Environment } from '../environment.ts'

/** The one object that runs a deployment; the deployment's id is its name. */
export const deploymentObject = (env: Pick<Environment, 'DEPLOYMENT'>, deploymentId: string) =>
  env.DEPLOYMENT.get(env.DEPLOYMENT.idFromName(deploymentId))
