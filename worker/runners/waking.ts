import { deploymentObject } from '../deployments/object.ts'
import type { Environment } from '../environment.ts'

/** Tells deployments to ask again; who is not told asks by itself. */
export const wake = (
  ctx: Pick<DurableObjectState, 'waitUntil'>,
  env: Environment,
  deployments: string[],
): void => {
  for (const deployment of deployments)
    ctx.waitUntil(
      deploymentObject(env, deployment)
        .nudge()
        .catch(error => console.error(`could not wake ${deployment}: ${error}`)),
    )
}
