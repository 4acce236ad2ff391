import type { Environment } from '../environment.ts'

/** The one object that knows a space's runners; the space's id is its name. */
export const hubObject = (env: Pick<Environment, 'HUB'>, spaceId: string) =>
  env.HUB.get(env.HUB.idFromName(spaceId))
