import { desc, eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { deployments } from '../deployments/schema.ts'
import type { DeploymentRow } from '../deployments/store.ts'
import {
  mayDeploy,
  nextEnvironments,
  type Phase,
  type PhaseState,
  progression,
} from '../lifecycles/progression.ts'
import { releasePhases } from '../lifecycles/store.ts'
import { tasks } from '../tasks/schema.ts'
import type { TaskRow } from '../tasks/store.ts'
import type { ReleaseRow } from './store.ts'

/** So many of a release's deployments are looked through, newest first. */
const DEPLOYMENTS = 1_000

export type ReleaseDeployment = { deployment: DeploymentRow; task: TaskRow }

export type EnvironmentProgress = {
  id: string
  name: string
  isAutomatic: boolean
  /** Whether the release may go there now, and if not, why. */
  allowed: boolean
  reason: string | null
  hasSucceeded: boolean
  /** This release's newest deployment there. */
  latest: ReleaseDeployment | undefined
}

export type PhaseOfRelease = {
  id: string
  name: string
  state: PhaseState
  isOpen: boolean
  isOptional: boolean
  /** How many of its environments must succeed before the next phase opens. */
  required: number
  done: number
  environments: EnvironmentProgress[]
  /** Newest first. */
  deployments: ReleaseDeployment[]
}

export type ReleaseProgress = {
  phases: PhaseOfRelease[]
  /** Ids of environments it may go to and has not succeeded in. */
  next: string[]
}

/** Where a release stands: every environment of its lifecycle, whether it may go there, and what
 *  became of its deployments. */
export const releaseProgression = async (
  db: Database,
  release: ReleaseRow,
): Promise<ReleaseProgress> => {
  const [phases, rows] = await Promise.all([
    releasePhases(db, release.spaceId, release),
    db
      .select({ deployment: deployments, task: tasks })
      .from(deployments)
      .innerJoin(tasks, eq(tasks.id, deployments.taskId))
      .where(eq(deployments.releaseId, release.id))
      .orderBy(desc(deployments.number))
      .limit(DEPLOYMENTS),
  ])
  return progressOf(phases, rows)
}

/** The same from what was read already. @param rows newest first */
export const progressOf = (phases: Phase[], rows: ReleaseDeployment[]): ReleaseProgress => {
  const successes = new Set(
    rows
      .filter(({ task }) => task.state === 'Success')
      .map(({ deployment }) => deployment.environmentId),
  )
  return {
    next: nextEnvironments(phases, successes),
    phases: progression(phases, successes).map(({ phase, state, isOpen, done }) => ({
      id: phase.id,
      name: phase.name,
      state,
      isOpen,
      isOptional: phase.isOptional,
      required: phase.required,
      done: done.length,
      deployments: rows.filter(({ deployment }) =>
        phase.environments.some(({ id }) => id === deployment.environmentId),
      ),
      environments: phase.environments.map(({ id, name }) => {
        const permit = mayDeploy(phases, successes, id, name)
        return {
          id,
          name,
          isAutomatic: phase.automatic.includes(id),
          allowed: permit.allowed,
          reason: permit.allowed ? null : permit.reason,
          hasSucceeded: successes.has(id),
          latest: rows.find(({ deployment }) => deployment.environmentId === id),
        }
      }),
    })),
  }
}
