import { accessRoutes } from '../../../worker/access/api.ts'
import { projectRoutes } from '../../../worker/projects/api.ts'
import { variableRoutes } from '../../../worker/variables/api.ts'
import { type Answer, type TestServer, testServer } from '../../support/server.ts'

export type Shop = TestServer & {
  project: Answer
  groupId: string
  lifecycleId: string
  /** The channel every project starts with. */
  channelId: string
  staging: string
  production: string
  /** Replaces the steps of Shop's process and answers the stored process. */
  saveSteps: (...steps: unknown[]) => Promise<Answer>
}

/** An installation with the project Shop, two environments and the target web-1 in each. */
export const shop = async (): Promise<Shop> => {
  const server = await testServer([...accessRoutes, ...projectRoutes, ...variableRoutes])
  const { json, rows } = server
  const [[group], [lifecycle]] = [
    await rows('SELECT id FROM project_groups'),
    await rows('SELECT id FROM lifecycles'),
  ]
  const groupId = String(group?.id)
  const lifecycleId = String(lifecycle?.id)
  for (const [index, name] of ['Staging', 'Production'].entries())
    await rows(
      `INSERT INTO environments (id, space_id, name, slug, sort_order, created_at) VALUES (?, 'Spaces-1', ?, ?, ?, 0)`,
      `Environments-${index + 1}`,
      name,
      name.toLowerCase(),
      index,
    )
  await rows(
    `INSERT INTO targets (id, space_id, name, slug, created_at) VALUES ('Machines-1', 'Spaces-1', 'web-1', 'web-1', 0)`,
  )
  await rows(`INSERT INTO target_tags VALUES ('Machines-1', 'web')`)
  await rows(
    `INSERT INTO target_environments VALUES ('Machines-1', 'Environments-1'), ('Machines-1', 'Environments-2')`,
  )
  const project = await json('POST', '/api/projects', {
    body: { Name: 'Shop', ProjectGroupId: groupId, LifecycleId: lifecycleId },
  })
  const channels = await json('GET', `/api/projects/${project.Id}/channels`)
  return {
    ...server,
    project,
    groupId,
    lifecycleId,
    channelId: channels.Items[0].Id,
    staging: 'Environments-1',
    production: 'Environments-2',
    saveSteps: (...steps) =>
      json('PUT', `/api/projects/${project.Id}/deploymentprocesses`, { body: { Steps: steps } }),
  }
}

/** A step with one script action on the targets tagged web. */
export const scriptStep = (name: string, more: object = {}, step: object = {}) => ({
  Id: '',
  Name: name,
  Properties: { 'Octopus.Action.TargetRoles': 'web' },
  ...step,
  Actions: [
    {
      Id: '',
      Name: name,
      ActionType: 'Octopus.Script',
      Properties: { 'Octopus.Action.Script.ScriptBody': 'echo hello' },
      ...more,
    },
  ],
})
