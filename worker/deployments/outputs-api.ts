import { authorize, permits } from '../access/authorization.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { deploymentObject } from './object.ts'
import { type ShownOutput, screened, secretsGiven } from './shown-outputs.ts'
import { getDeployment } from './store.ts'

/**
 * What a deployment's steps have set for those after them, secrets without their texts.
 * @throws Problem `not_found`, `forbidden` for who may see the deployment but no variables there
 */
export const readOutputs = async (
  { db, env, space, principal }: Pick<Call, 'db' | 'env' | 'space' | 'principal'>,
  reference: string,
): Promise<ShownOutput[]> => {
  const { deployment } = await getDeployment(db, space.id, reference)
  const { id, spaceId, projectId, environmentId } = deployment
  const place = { spaceId, projectId, environmentId }
  if (!permits(principal, 'DeploymentView', place)) throw notFound(id)
  authorize(principal, 'VariableView', place)
  const outputs = await deploymentObject(env, id).outputs()
  return outputs.length === 0 ? [] : screened(outputs, await secretsGiven(env, db, id))
}

const resource = ({ actionName, machine, name, value, isSensitive }: ShownOutput) => ({
  Name: `Octopus.Action[${actionName}].Output.${name}`,
  ActionName: actionName,
  MachineId: machine?.id ?? null,
  MachineName: machine?.name ?? null,
  OutputName: name,
  Value: value,
  IsSensitive: isSensitive,
})

export const outputRoutes: Route[] = [
  route({
    area: 'space',
    method: 'GET',
    path: '/deployments/{id}/outputs',
    permission: 'DeploymentView',
    summary: 'Output variables that the steps of a deployment have set',
    handler: async call => {
      const page = pageOf(call.query)
      const all = await readOutputs(call, call.params.id ?? '')
      const items = all.slice(page.skip, page.skip + page.take).map(resource)
      return collection('OutputVariable', items, all.length, page, call.request.url)
    },
  }),
]
