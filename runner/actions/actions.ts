import { ACQUIRE_PACKAGES } from '../protocol/limits.ts'
import { acquirePackages } from './acquire-packages.ts'
import type { Action } from './action.ts'
import { deployPackage } from './deploy-package.ts'
import { runScript } from './run-script.ts'

/** By action type. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  [ACQUIRE_PACKAGES]: acquirePackages,
  'Octopus.Script': runScript,
  'Octopus.TentaclePackage': deployPackage,
}
