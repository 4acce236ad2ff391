import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { infrastructureRoutes } from '../../../worker/infrastructure/api.ts'
import { lifecycleRoutes } from '../../../worker/lifecycles/api.ts'
import { addAda, addUser } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

describe('spaces', () => {
  let server: TestServer
  let ada: string
  beforeAll(async () => {
    server = await testServer([...accessRoutes, ...infrastructureRoutes, ...lifecycleRoutes])
    ada = await addAda(server)
  })
  afterAll(() => server.stop())

  const names = (items: { Name: string }[]) => items.map(({ Name }) => Name)
  const make = (Name: string, more = {}) =>
    server.json('POST', '/api/spaces', { body: { Name, ...more } })

  it('are made with all that a client expects to find in one', async () => {
    const space = await make('Second', {
      SpaceManagersTeamMembers: ['Users-ada'],
      SpaceManagersTeams: [],
      IsDefault: true,
    })
    expect(space).toMatchObject({
      Name: 'Second',
      Slug: 'second',
      IsDefault: false,
      TaskQueueStopped: false,
      SpaceManagersTeamMembers: ['Users-ada'],
      SpaceManagersTeams: [`teams-spacemanagers-${space.Id}`],
      Links: { Self: `/api/spaces/${space.Id}`, SpaceHome: `/api/${space.Id}` },
    })
    const inIt = (path: string) => server.json('GET', `/api/${space.Id}${path}`, { key: ada })
    expect(names((await inIt('/lifecycles')).Items)).toEqual(['Default Lifecycle'])
    expect(names((await inIt('/workerpools')).Items)).toEqual(['Default Worker Pool'])
    expect(names((await inIt('/machinepolicies')).Items)).toEqual(['Default Machine Policy'])
    expect(await server.rows('SELECT id FROM feeds WHERE space_id = ?', space.Id)).toEqual([
      { id: expect.stringMatching(/^Feeds-\d+$/) },
    ])
    expect(
      await server.rows('SELECT name FROM project_groups WHERE space_id = ?', space.Id),
    ).toEqual([{ name: 'Default Project Group' }])
  })

  it('are found by part of their name, whole in /all, and only by who has a role there', async () => {
    await make('Warehouse')
    const found = await server.json('GET', '/api/spaces?partialName=ware&skip=0&take=2147483647')
    expect([found.TotalResults, names(found.Items)]).toEqual([1, ['Warehouse']])
    expect(names(await server.json('GET', '/api/spaces/all'))).toEqual([
      'Default',
      'Second',
      'Warehouse',
    ])
    expect(names(await server.json('GET', '/api/spaces/all', { key: ada }))).toEqual([
      'Default',
      'Second',
    ])
    expect(names((await server.json('GET', '/api/spaces?ids=Spaces-99')).Items)).toEqual([])
    const [warehouse] = found.Items
    const missing = await server.json('GET', '/api/spaces/Spaces-99', { key: ada, status: 404 })
    const hidden = await server.json('GET', warehouse.Links.Self, { key: ada, status: 404 })
    expect(hidden.ErrorMessage).toBe(missing.ErrorMessage.replace('Spaces-99', warehouse.Id))
    expect((await server.json('GET', '/api/spaces/warehouse')).Id).toBe(warehouse.Id)
  })

  it('keep what is theirs to themselves', async () => {
    const space = await make('Walled')
    const own = await server.json('POST', `/api/${space.Id}/environments`, {
      body: { Name: 'Staging' },
    })
    await server.json('GET', `/api/${space.Id}/environments/${own.Id}`)
    await server.json('GET', `/api/Spaces-1/environments/${own.Id}`, { status: 404 })
    await server.json('DELETE', `/api/environments/${own.Id}`, { status: 404 })
    await server.json('PUT', `/api/environments/${own.Id}`, {
      body: { Name: 'Taken' },
      status: 404,
    })
    expect((await server.json('GET', `/api/environments?ids=${own.Id}`)).Items).toEqual([])
    expect((await server.send('GET', `/api/${space.Id}/environments`, { key: ada })).status).toBe(
      403,
    )
    await server.json('POST', '/api/machines', {
      body: { Name: 'web-1', EnvironmentIds: [own.Id], Roles: ['web'] },
      status: 400,
    })
    await server.json('POST', '/api/lifecycles', {
      body: { Name: 'Odd', Phases: [{ Name: 'One', OptionalDeploymentTargets: [own.Id] }] },
      status: 400,
    })
  })

  it('are deleted with everything in them once their queue is stopped', async () => {
    const space = await make('Short lived')
    const environment = await server.json('POST', `/api/${space.Id}/environments`, {
      body: { Name: 'Staging' },
    })
    await server.json('POST', `/api/${space.Id}/machines`, {
      body: { Name: 'web-1', EnvironmentIds: [environment.Id], Roles: ['web'] },
    })
    const refused = await server.json('DELETE', space.Links.Self, { status: 409 })
    expect(refused.ErrorMessage).toContain('while its task queue runs')
    await server.json('PUT', space.Links.Self, { body: { ...space, TaskQueueStopped: true } })
    await server.json('DELETE', space.Links.Self)
    await server.json('GET', space.Links.Self, { status: 404 })
    for (const table of [
      'environments',
      'targets',
      'lifecycles',
      'feeds',
      'project_groups',
      'worker_pools',
      'teams',
      'role_grants',
      'machine_policies',
    ])
      expect([
        table,
        await server.rows(`SELECT * FROM ${table} WHERE space_id = ?`, space.Id),
      ]).toEqual([table, []])
    expect(await server.rows('SELECT count(*) AS n FROM target_environments')).toEqual([{ n: 0 }])
  })

  it('are not deleted while a task runs in them', async () => {
    const space = await make('Busy')
    await server.json('PUT', space.Links.Self, { body: { ...space, TaskQueueStopped: true } })
    await server.rows(
      `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, queued_at, eligible_at, updated_at, queued_by)
       VALUES ('ServerTasks-1', ?, 1, 'Deploy', '', 'Executing', 'k', 0, 0, 0, 'admin')`,
      space.Id,
    )
    await server.json('DELETE', space.Links.Self, { status: 409 })
    await server.rows("UPDATE tasks SET state = 'Canceled'")
    await server.json('DELETE', space.Links.Self)
  })

  it.each([
    ['no name', {}, 400, 'Name: A space needs a name.'],
    ['a blank name', { Name: ' ' }, 400, 'Name: A space needs a name.'],
    ['a name of 51 characters', { Name: 'x'.repeat(51) }, 400, 'Name: may have 50 characters.'],
    [
      'a taken name',
      { Name: 'DEFAULT' },
      409,
      "A space named 'DEFAULT' already exists. Choose another.",
    ],
    [
      'an unknown manager',
      { Name: 'New', SpaceManagersTeamMembers: ['Users-99'] },
      400,
      "'Users-99' is neither a user nor a team; a space's managers must exist.",
    ],
    [
      'no manager',
      { Name: 'New', SpaceManagersTeamMembers: [] },
      400,
      'A space needs at least one manager: name one in SpaceManagersTeamMembers.',
    ],
    [
      'an unknown team',
      { Name: 'New', SpaceManagersTeams: ['teams-x'] },
      400,
      "'teams-x' is neither a user nor a team; a space's managers must exist.",
    ],
  ])('are refused with %s, and nothing is kept', async (_what, body, status, message) => {
    const before = await server.rows('SELECT id FROM spaces')
    const answer = await server.json('POST', '/api/spaces', { body, status })
    expect(answer.ErrorMessage).toBe(message)
    expect(await server.rows('SELECT id FROM spaces')).toEqual(before)
  })

  it('are changed by their managers, and made or deleted by nobody less', async () => {
    await server.json('DELETE', '/api/spaces/Spaces-1', { status: 409 })
    await server.json('POST', '/api/spaces', { key: ada, body: { Name: 'Mine' }, status: 403 })
    const mia = await addUser(server, 'mia', [{ role: 'spacemanager' }])
    const changed = await server.json('PUT', '/api/spaces/Spaces-1', {
      key: mia,
      body: { Name: 'Default', Description: 'Ours' },
    })
    expect(changed.Description).toBe('Ours')
    await server.json('PUT', '/api/spaces/Spaces-1', {
      key: ada,
      body: { Name: 'Adas' },
      status: 403,
    })
  })
})
