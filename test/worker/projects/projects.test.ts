import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Shop, shop } from './shop.ts'

let server: Shop
beforeAll(async () => {
  server = await shop()
})
afterAll(() => server.stop())

const valid = (more: object = {}) => ({
  Name: 'Blog',
  ProjectGroupId: server.groupId,
  LifecycleId: server.lifecycleId,
  ...more,
})

describe('a new project', () => {
  it('looks as clients expect it', () => {
    const { project, groupId, lifecycleId } = server
    expect(project).toMatchObject({
      Id: expect.stringMatching(/^Projects-\d+$/),
      SpaceId: 'Spaces-1',
      Name: 'Shop',
      Slug: 'shop',
      ProjectGroupId: groupId,
      LifecycleId: lifecycleId,
      IsDisabled: false,
      IsVersionControlled: false,
      PersistenceSettings: { Type: 'Database' },
      VersioningStrategy: {
        Template:
          '#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}',
        DonorPackage: null,
      },
      IncludedLibraryVariableSetIds: [],
      TenantedDeploymentMode: 'Untenanted',
      DeploymentProcessId: `deploymentprocess-${project.Id}`,
      VariableSetId: `variableset-${project.Id}`,
      Links: { Self: `/api/Spaces-1/projects/${project.Id}` },
    })
    expect(project.Links.Releases).toBe(
      `/api/Spaces-1/projects/${project.Id}/releases{/version}{?skip,take,searchByVersion}`,
    )
  })

  it('has one channel, an empty process and an empty variable set', async () => {
    const { project, json } = server
    const channels = await json('GET', `/api/projects/${project.Id}/channels`)
    expect(channels.Items).toHaveLength(1)
    expect(channels.Items[0]).toMatchObject({ Name: 'Default', IsDefault: true, Type: 'Lifecycle' })
    expect(
      await json('GET', `/api/deploymentprocesses/${project.DeploymentProcessId}`),
    ).toMatchObject({ Version: 0, Steps: [], ProjectId: project.Id })
    expect(await json('GET', `/api/variables/${project.VariableSetId}`)).toMatchObject({
      Version: 0,
      Variables: [],
      OwnerId: project.Id,
    })
  })

  it.each(['id', 'slug', 'name in another case'])('is found by its %s', async how => {
    const { project, json } = server
    const reference = { id: project.Id, slug: 'shop', 'name in another case': 'SHOP' }[how]
    expect((await json('GET', `/api/Spaces-1/projects/${reference}`)).Id).toBe(project.Id)
  })

  it('keeps what it does not know, and takes keys in any case', async () => {
    const created = await server.json('POST', '/api/projects', {
      body: {
        name: 'Odd',
        projectGroupId: server.groupId,
        lifecycleid: server.lifecycleId,
        DiscreteChannelRelease: true,
        FutureThing: { Deep: [1] },
        Id: 'Projects-999',
        SpaceId: 'Spaces-9',
        PersistenceSettings: { Type: 'VersionControlled' },
      },
    })
    const read = await server.json('GET', `/api/projects/${created.Id}`)
    expect(read).toMatchObject({
      SpaceId: 'Spaces-1',
      DiscreteChannelRelease: true,
      FutureThing: { Deep: [1] },
      PersistenceSettings: { Type: 'Database' },
    })
    expect(read.Id).not.toBe('Projects-999')
    await server.json('DELETE', `/api/projects/${created.Id}`)
  })

  it('gets a slug of its own where two names make the same', async () => {
    const one = await server.json('POST', '/api/projects', { body: valid({ Name: 'Web Shop' }) })
    const two = await server.json('POST', '/api/projects', { body: valid({ Name: 'Web  Shop!' }) })
    expect([one.Slug, two.Slug]).toEqual(['web-shop', 'web-shop-2'])
    for (const { Id } of [one, two]) await server.json('DELETE', `/api/projects/${Id}`)
  })
})

describe('refused, with nothing stored', () => {
  it.each([
    {
      when: 'it has no name',
      body: { Name: undefined },
      status: 400,
      says: 'a project needs a name.',
    },
    {
      when: 'its name is blank',
      body: { Name: '  ' },
      status: 400,
      says: 'a project needs a name.',
    },
    {
      when: 'its name is taken in another case',
      body: { Name: 'SHOP' },
      status: 409,
      says: 'A project named SHOP exists already; choose another name.',
    },
    {
      when: 'its slug is taken',
      body: { Slug: 'shop' },
      status: 409,
      says: 'Another project has this slug already; choose another one.',
    },
    {
      when: 'its group is not there',
      body: { ProjectGroupId: 'ProjectGroups-99' },
      status: 400,
      says: "There is no project group 'ProjectGroups-99' in this space.",
    },
    {
      when: 'its lifecycle is not there',
      body: { LifecycleId: 'Lifecycles-99' },
      status: 400,
      says: "There is no lifecycle 'Lifecycles-99' in this space.",
    },
    {
      when: 'it includes a library set that is not there',
      body: { IncludedLibraryVariableSetIds: ['LibraryVariableSets-99'] },
      status: 400,
      says: "There is no library variable set 'LibraryVariableSets-99' in this space.",
    },
    {
      when: 'a field has the wrong type',
      body: { IsDisabled: 'yes' },
      status: 400,
      says: 'IsDisabled',
    },
    {
      when: 'its settings are huge',
      body: { Extra: 'x'.repeat(300_000) },
      status: 400,
      says: "A project's settings may take 262144 characters",
    },
  ])('a project when $when', async ({ body, status, says }) => {
    const before = await server.rows('SELECT count(*) AS n FROM projects')
    const answer = await server.json('POST', '/api/projects', { body: valid(body), status })
    expect(JSON.stringify(answer)).toContain(says)
    expect(await server.rows('SELECT count(*) AS n FROM projects')).toEqual(before)
  })

  it('a project that nobody knows', async () => {
    const answer = await server.json('GET', '/api/projects/Projects-999', { status: 404 })
    expect(answer).toEqual({ ErrorMessage: "The resource 'Projects-999' was not found." })
  })
})

describe('the list of projects', () => {
  it.each([
    { query: '?partialName=SHO', names: ['Shop'] },
    { query: '?name=shop', names: ['Shop'] },
    { query: '?ids=Projects-999', names: [] },
    { query: "?partialName=%25'--", names: [] },
    { query: '?skip=1&take=1', names: [] },
  ])('narrowed by $query holds $names', async ({ query, names }) => {
    const { Items } = await server.json('GET', `/api/projects${query}`)
    expect(Items.map((each: { Name: string }) => each.Name)).toEqual(names)
  })

  it('is a bare array under /all', async () => {
    const all = await server.json('GET', '/api/Spaces-1/projects/all')
    expect(all).toHaveLength(1)
  })
})

it('changes what is given and keeps the rest', async () => {
  const { project, json } = server
  const changed = await json('PUT', `/api/projects/${project.Id}`, {
    body: { ...project, Description: 'Sells things', FutureThing: 7 },
  })
  expect(changed).toMatchObject({ Description: 'Sells things', FutureThing: 7, Slug: 'shop' })
  const { FutureThing: _, ...without } = changed
  expect(await json('PUT', `/api/projects/${project.Id}`, { body: without })).toMatchObject({
    FutureThing: 7,
  })
})

it('keeps deployment settings apart, and shows them in the project too', async () => {
  const { project, json } = server
  const path = `/api/projects/${project.Id}/deploymentsettings`
  const settings = await json('GET', path)
  expect(settings).toMatchObject({
    ProjectId: project.Id,
    DefaultGuidedFailureMode: 'EnvironmentDefault',
    ConnectivityPolicy: { SkipMachineBehavior: 'None', AllowDeploymentsToNoTargets: false },
  })
  const changed = await json('PUT', path, {
    body: {
      ...settings,
      DefaultGuidedFailureMode: 'on',
      ConnectivityPolicy: { AllowDeploymentsToNoTargets: true },
    },
  })
  expect(changed.DefaultGuidedFailureMode).toBe('On')
  expect(await json('GET', `/api/projects/${project.Id}`)).toMatchObject({
    ProjectConnectivityPolicy: { AllowDeploymentsToNoTargets: true },
  })
  await json('PUT', path, { body: { DefaultGuidedFailureMode: 'sometimes' }, status: 400 })
})

describe('a project is deleted', () => {
  it('with all it owns', async () => {
    const { Id } = await server.json('POST', '/api/projects', { body: valid() })
    expect((await server.send('DELETE', `/api/projects/${Id}`)).status).toBe(200)
    await server.json('GET', `/api/projects/${Id}`, { status: 404 })
    for (const table of ['processes', 'variable_sets'])
      expect(await server.rows(`SELECT * FROM ${table} WHERE owner_id = ?`, Id)).toEqual([])
    expect(await server.rows('SELECT * FROM channels WHERE project_id = ?', Id)).toEqual([])
  })

  it('not while one of its tasks runs', async () => {
    const { Id } = await server.json('POST', '/api/projects', { body: valid() })
    await server.rows(
      `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, project_id, queued_at, eligible_at, updated_at, queued_by)
       VALUES ('ServerTasks-1', 'Spaces-1', 1, 'Deploy', '', 'Executing', 'k', ?, 0, 0, 0, 'Ada')`,
      Id,
    )
    const answer = await server.json('DELETE', `/api/projects/${Id}`, { status: 409 })
    expect(answer.ErrorMessage).toBe(
      'Project Blog has a task that waits or runs. Cancel it, or let it end, then delete.',
    )
    await server.json('GET', `/api/projects/${Id}`)
    await server.rows(`UPDATE tasks SET state = 'Success'`)
    await server.json('DELETE', `/api/projects/${Id}`)
  })
})

describe('project groups', () => {
  it('hold projects, and are deleted only when empty', async () => {
    const { json } = server
    const group = await json('POST', '/api/projectgroups', { body: { Name: 'Internal tools' } })
    expect(group).toMatchObject({ Slug: 'internal-tools', SpaceId: 'Spaces-1' })
    const { Id } = await json('POST', '/api/projects', {
      body: valid({ ProjectGroupId: group.Id }),
    })
    const { Items } = await json('GET', `/api/projectgroups/${group.Id}/projects`)
    expect(Items.map((each: { Id: string }) => each.Id)).toEqual([Id])
    expect(
      (await json('DELETE', `/api/projectgroups/${group.Id}`, { status: 409 })).ErrorMessage,
    ).toBe('Project group Internal tools still holds projects. Move them to another group first.')
    await json('DELETE', `/api/projects/${Id}`)
    await json('DELETE', `/api/projectgroups/${group.Id}`)
    await json('GET', `/api/projectgroups/${group.Id}`, { status: 404 })
  })

  it('have names of their own', async () => {
    const answer = await server.json('POST', '/api/projectgroups', {
      body: { Name: 'default project GROUP' },
      status: 409,
    })
    expect(answer.ErrorMessage).toBe(
      'A project group named default project GROUP exists already; choose another name.',
    )
  })
})
