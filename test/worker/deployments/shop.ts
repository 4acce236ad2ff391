import { accessRoutes } from '../../../worker/access/api.ts'
import { deploymentRoutes } from '../../../worker/deployments/api.ts'
import type { Route } from '../../../worker/http/route.ts'
import { infrastructureRoutes } from '../../../worker/infrastructure/api.ts'
import { lifecycleRoutes } from '../../../worker/lifecycles/api.ts'
import { projectRoutes } from '../../../worker/projects/api.ts'
import { releaseRoutes } from '../../../worker/releases/api.ts'
import { taskRoutes } from '../../../worker/tasks/api.ts'
import { variableRoutes } from '../../../worker/variables/api.ts'
import { addAda, addBen } from '../../support/cast.ts'
import { type Answer, type Sent, type TestServer, testServer } from '../../support/server.ts'

export const S = '/api/Spaces-1'

/** As whom, and which status is expected. */
type Asked = Sent & { status?: number }

export type Shop = TestServer & {
  project: Answer
  staging: string
  production: string
  /** Keys of who may deploy, and of who may only look. */
  ada: string
  ben: string
  /** What the deployments' objects were asked, in order: `start Deployments-1`. */
  asked: string[]
  /** What an object answers when it is asked to cancel; the row then changes later. */
  cancelReply: { type: string }
  newProject: (name: string) => Promise<Answer>
  /** A release, ready to go to Staging first. */
  release: (version: string, project?: string) => Promise<Answer>
  /** `deployments/create/untenanted/v1` of Shop by Ada. */
  deploy: (version: string, environments: string[], more?: object, sent?: Asked) => Promise<Answer>
  /** Replaces the variables of Shop; those that have a `Prompt` are asked for. */
  variables: (...variables: object[]) => Promise<Answer>
  /** As if the deployment's object had reported it. */
  report: (taskId: string, state: string) => Promise<void>
}

/** Staging before Production, the targets web-1 and web-2, the project Shop with two steps, Ada and Ben. */
export const openShop = async (
  more: { routes?: Route[]; object?: (name: string) => object } = {},
): Promise<Shop> => {
  const asked: string[] = []
  const cancelReply = { type: 'cancelling' }
  const objectOf = (name: string) => ({
    warm: async () => undefined,
    start: async (id: string) => void asked.push(`start ${id}`),
    requestCancel: async ({ reason }: { reason: string }) => {
      asked.push(`cancel ${name}: ${reason}`)
      return cancelReply
    },
    details: async () => undefined,
    rawLog: async () => `log of ${name}`,
    ...more.object?.(name),
  })
  const server = await testServer(
    [
      ...accessRoutes,
      ...infrastructureRoutes,
      ...lifecycleRoutes,
      ...projectRoutes,
      ...releaseRoutes,
      ...deploymentRoutes,
      ...taskRoutes,
      ...variableRoutes,
      ...(more.routes ?? []),
    ],
    {
      DEPLOYMENT: { idFromName: (name: string) => name, get: objectOf } as never,
      STORE: {
        list: async () => ({ objects: [], truncated: false }),
        put: async () => null,
      } as never,
    },
  )
  const { json, rows } = server
  const environment = async (Name: string) =>
    (await json('POST', `${S}/environments`, { body: { Name } })).Id
  const [staging, production] = [await environment('Staging'), await environment('Production')]
  for (const Name of ['web-1', 'web-2'])
    await json('POST', `${S}/machines`, {
      body: { Name, EnvironmentIds: [staging, production], Roles: ['web'] },
    })
  const [[group], [lifecycle]] = [
    await rows('SELECT id FROM project_groups'),
    await rows('SELECT id FROM lifecycles'),
  ]
  const newProject = (Name: string) =>
    json('POST', `${S}/projects`, {
      body: { Name, ProjectGroupId: group?.id, LifecycleId: lifecycle?.id },
    })
  const project = await newProject('Shop')
  await json('PUT', `${S}/projects/${project.Id}/deploymentprocesses`, {
    body: { Steps: [step('Back up'), step('Deploy web', { IsRequired: true })] },
  })
  const ada = await addAda(server)
  return {
    ...server,
    project,
    staging,
    production,
    ada,
    ben: await addBen(server),
    asked,
    cancelReply,
    newProject,
    release: (ReleaseVersion, ProjectName = 'Shop') =>
      json('POST', `${S}/releases/create/v1`, { body: { ProjectName, ReleaseVersion } }),
    deploy: (ReleaseVersion, EnvironmentNames, more = {}, sent = {}) =>
      json('POST', `${S}/deployments/create/untenanted/v1`, {
        key: ada,
        body: { ProjectName: 'Shop', ReleaseVersion, EnvironmentNames, ...more },
        ...sent,
      }),
    variables: async (...Variables) => {
      const path = `${S}/variables/variableset-${project.Id}`
      return json('PUT', path, { body: { ...(await json('GET', path)), Variables } })
    },
    report: async (taskId, state) => {
      const isOver = !['Executing', 'Cancelling'].includes(state)
      await rows(
        'UPDATE tasks SET state = ?, started_at = 1, completed_at = ? WHERE id = ?',
        state,
        isOver ? 2 : null,
        taskId,
      )
      await rows('UPDATE dashboard SET state = ? WHERE task_id = ?', state, taskId)
      if (state === 'Success')
        await rows(
          `UPDATE dashboard SET success_deployment_id = deployment_id, success_release_id = release_id,
            success_version = release_version, success_at = 2 WHERE task_id = ?`,
          taskId,
        )
    },
  }
}

const step = (Name: string, more: object = {}) => ({
  Name,
  Properties: { 'Octopus.Action.TargetRoles': 'web' },
  Actions: [
    {
      Name,
      ActionType: 'Octopus.Script',
      Properties: { 'Octopus.Action.Script.ScriptBody': 'true' },
      ...more,
    },
  ],
})
