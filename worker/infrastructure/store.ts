/** What other slices read of the infrastructure, in one place. */
export {
  type EnvironmentRow,
  findEnvironment,
  getEnvironment,
  listEnvironments,
} from './environment-store.ts'
export { getTarget, listTargetsFor, type TargetRow } from './target-store.ts'
export { listPoolWorkers, type WorkerRow } from './worker-store.ts'
