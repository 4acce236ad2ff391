import type { Action } from './action.ts'
import { deployPackage } from './deploy-package.ts'
import { runScript } from './run-script.ts'

/** By action type. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  'Octopus.Script': runScript,
  'Octopus.TentaclePackage': deployPackage,
}
