import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemPage } from '../../../worker/http/problem-page.tsx'
import { routes } from '../../../worker/routes.ts'
import { addAda, addBen, addUser } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

describe('the pages of a project', () => {
  let server: TestServer
  let ben: string
  let ada: string
  let guest: string
  let staging: string
  let production: string
  let project: string

  beforeAll(async () => {
    server = await testServer(routes, {}, { problemPage })
    const post = (path: string, body: unknown) => server.json('POST', `/api${path}`, { body })
    staging = (await post('/environments', { Name: 'Staging' })).Id
    production = (await post('/environments', { Name: 'Production' })).Id
    await post('/machines', { Name: 'web-1', EnvironmentIds: [staging], Roles: ['web'] })
    await post('/machines', { Name: 'web-2', EnvironmentIds: [production], Roles: ['web'] })
    project = (
      await post('/projects', {
        Name: 'Shop',
        ProjectGroupId: (await server.json('GET', '/api/projectgroups/all'))[0].Id,
        LifecycleId: (await server.json('GET', '/api/lifecycles/all'))[0].Id,
      })
    ).Id
    await send(`/projects/${project}/process/steps`, {
      kind: 'script',
      name: 'Greet',
      runOn: 'targets',
      targetTags: 'web',
      condition: 'Success',
      syntax: 'Bash',
      scriptBody: 'echo hello',
    })
    await post('/releases', { ProjectId: project, Version: '1.0.0' })
    ben = await addBen(server)
    ada = await addAda(server)
    guest = await addUser(server, 'guest', [{ role: 'projectviewer', environments: [staging] }])
  })
  afterAll(() => server.stop())

  const read = async (path: string, key?: string) => {
    const response = await server.send('GET', path, key ? { key } : {})
    return { status: response.status, html: await response.text() }
  }

  const send = async (path: string, fields: Record<string, string>, key?: string) => {
    const response = await server.send('POST', path, {
      ...(key && { key }),
      body: String(new URLSearchParams(fields)),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    return {
      status: response.status,
      html: await response.text(),
      to: response.headers.get('location'),
    }
  }

  it.each([
    { page: () => `/projects/${project}`, shows: '1.0.0', offers: '/releases/new' },
    { page: () => `/projects/${project}/process`, shows: 'Greet', offers: 'Add step' },
    { page: () => `/projects/${project}/process`, shows: 'Greet', offers: '/move' },
    {
      page: () => `/projects/${project}/variables`,
      shows: 'No variables yet',
      offers: 'Add variable',
    },
    {
      page: () => `/projects/${project}/settings`,
      shows: 'Version of a new',
      offers: 'Save settings',
    },
    { page: () => `/projects/${project}/settings`, shows: 'Version of a new', offers: '/delete' },
    { page: () => '/projects', shows: 'Shop', offers: 'New project' },
    { page: () => '/', shows: 'Shop', offers: 'New project' },
    { page: () => '/', shows: 'Shop', offers: '/deploy?environment=' },
  ])('show Ben what there is and offer him nothing: $offers', async ({ page, shows, offers }) => {
    const seen = await read(page(), ben)
    expect(seen.status).toBe(200)
    expect(seen.html).toContain(shows)
    expect(seen.html).not.toContain(offers)
    expect((await read(page())).html).toContain(offers)
  })

  it.each([
    () => '/projects',
    () => `/projects/${project}/settings`,
    () => `/projects/${project}/delete`,
    () => `/projects/${project}/process/steps`,
    () => `/projects/${project}/variables`,
  ])('refuse a form that Ben sends all the same', async path => {
    const { status, html } = await send(path(), { name: 'Other' }, ben)
    expect(status).toBe(403)
    expect(html).toContain('You do not have permission to do this.')
  })

  it('offer Ada the next environment of the newest release', async () => {
    expect((await read('/', ada)).html).toContain(`/deploy?environment=${staging}`)
    expect((await read(`/projects/${project}`, ada)).html).toContain(
      'It must first succeed in Staging',
    )
  })

  it('show a guest of one environment that one alone, on the grids and in a search', async () => {
    for (const path of ['/', `/projects/${project}`]) {
      const { status, html } = await read(path, guest)
      expect(status).toBe(200)
      expect(html).toContain('Staging')
      expect(html).not.toContain('>Production<')
    }
    const { html } = await read('/search?q=web', guest)
    expect(html).not.toContain('web-2')
    expect((await read('/search?q=web')).html).toContain('web-2')
  })

  it.each([
    '/projects/Projects-99',
    '/projects/Projects-99/process',
    '/projects/Projects-99/variables',
    '/releases/Releases-99',
    '/deployments/Deployments-99',
    '/deployments/Deployments-99/events',
    '/deployments/Deployments-99/log',
  ])('%s is not there, and says so', async path => {
    const { status, html } = await read(path)
    expect(status).toBe(404)
    expect(html).toContain('There is nothing here')
  })

  it('take a step back from somebody who saw an older process', async () => {
    const { html } = await read(`/projects/${project}/process`)
    const step = /id="step-([\w-]+)"/.exec(html)?.[1] ?? ''
    const page = await read(`/projects/${project}/process/steps/${step}`)
    const version = /name="version" value="(\d+)"/.exec(page.html)?.[1] ?? ''
    const fields = {
      kind: 'script',
      name: 'Greet',
      runOn: 'targets',
      targetTags: 'web',
      condition: 'Success',
      syntax: 'Bash',
      version,
    }
    const path = `/projects/${project}/process/steps/${step}`
    expect((await send(path, { ...fields, scriptBody: 'echo one' })).status).toBe(303)
    const late = await send(path, { ...fields, scriptBody: 'echo two' })
    expect(late.status).toBe(422)
    expect(late.html).toContain('Someone else has changed the process')
    expect(late.html).toContain('echo two')
  })

  it('keep the lines of a script as they were written', async () => {
    const script = '\n\tif true\n  then echo "<&>"\nfi\n'
    await send(`/projects/${project}/process/steps`, {
      kind: 'script',
      name: 'Lines',
      runOn: 'server',
      condition: 'Always',
      syntax: 'Bash',
      scriptBody: script.replaceAll('\n', '\r\n'),
    })
    const { Steps } = await server.json('GET', `/api/projects/${project}/deploymentprocesses`)
    expect(Steps.at(-1).Actions[0].Properties['Octopus.Action.Script.ScriptBody']).toBe(script)
  })
})
