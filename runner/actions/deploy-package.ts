import { type Action, StepFailure } from './action.ts'

export const deployPackage: Action = async () => {
  throw new StepFailure('This runner cannot deploy packages.')
}
