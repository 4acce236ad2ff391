import { openPortal, type PortalPage } from '../../support/portal.ts'
import type { Deployed, World } from './world.ts'

/** The page of a deployment's task, as a browser without scripts gets it. */
export const taskPage = async (world: World, { id }: Deployed): Promise<PortalPage> => {
  const answer = await world.server.internal('/internal/bootstrap', {})
  const { signInPath } = (await answer.json()) as { signInPath: string }
  const portal = openPortal(world.server.url)
  const welcome = await portal.get(signInPath)
  await portal.submit(welcome, signInPath)
  return portal.get(`/deployments/${id}?log=all`)
}
