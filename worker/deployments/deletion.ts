import { eq } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { removeArtifacts } from '../artifacts/collection.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { tasks } from '../tasks/schema.ts'
import { dashboardWithout } from './dashboard.ts'
import { deployments } from './schema.ts'
import type { DeploymentRow } from './store.ts'

/** Takes the deployment and its task away; the audit record stays.
 *  @throws Problem `conflict` while it runs */
export const deleteDeployment = async (
  context: Context,
  deployment: DeploymentRow,
  isOver: boolean,
): Promise<void> => {
  const { db, principal } = context
  authorize(principal, 'DeploymentDelete', {
    spaceId: deployment.spaceId,
    projectId: deployment.projectId,
    environmentId: deployment.environmentId,
  })
  if (!isOver)
    throw new Problem('conflict', `${deployment.id} has not ended; cancel its task first.`)
  await commit(db, [
    ...dashboardWithout(db, { projectId: deployment.projectId, deploymentId: deployment.id }),
    db.delete(deployments).where(eq(deployments.id, deployment.id)),
    db.delete(tasks).where(eq(tasks.id, deployment.taskId)),
    ...record(db, context, {
      spaceId: deployment.spaceId,
      category: 'Deleted',
      message: `Deleted ${deployment.id} (${deployment.name})`,
      documentIds: [deployment.id, deployment.projectId, deployment.environmentId],
    }),
  ])
  context.defer(removeArtifacts(context.env, deployment.id))
}
