import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemPage } from '../../../worker/http/problem-page.tsx'
import { routes } from '../../../worker/routes.ts'
import { addAda, addBen, addUser } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

describe('the pages of who may only look', () => {
  let server: TestServer
  let ben: string
  let ada: string
  let guest: string
  let staging: string
  let production: string
  let target: string
  let project: string
  let release: string

  beforeAll(async () => {
    server = await testServer(routes, {}, { problemPage })
    const post = (path: string, body: unknown) => server.json('POST', `/api${path}`, { body })
    staging = (await post('/environments', { Name: 'Staging' })).Id
    production = (await post('/environments', { Name: 'Production' })).Id
    target = (
      await post('/machines', { Name: 'web-1', EnvironmentIds: [production], Roles: ['web'] })
    ).Id
    project = (
      await post('/projects', {
        Name: 'Shop',
        ProjectGroupId: (await server.json('GET', '/api/projectgroups/all'))[0].Id,
        LifecycleId: (await server.json('GET', '/api/lifecycles/all'))[0].Id,
      })
    ).Id
    const set = await server.json('GET', `/api/variables/variableset-${project}`)
    const values = [
      { Name: 'Greeting', Value: 'to-testers', Scope: { Environment: [staging] } },
      { Name: 'Greeting', Value: 'to-customers', Scope: { Environment: [production] } },
      { Name: 'Greeting', Value: 'to-all' },
      { Name: 'Password', Value: 'correct horse', Type: 'Sensitive', IsSensitive: true },
    ]
    await server.json('PUT', `/api/variables/variableset-${project}`, {
      body: { ...set, Variables: values },
    })
    release = (await post('/releases', { ProjectId: project, Version: '1.0.0' })).Id
    ben = await addBen(server)
    ada = await addAda(server)
    guest = await addUser(server, 'guest', [{ role: 'projectviewer', environments: [staging] }])
  })
  afterAll(() => server.stop())

  const read = async (path: string, key: string) => {
    const response = await server.send('GET', path, { key })
    return { status: response.status, html: await response.text() }
  }

  it.each([
    { page: '/infrastructure/environments', offers: 'Add environment' },
    { page: '/infrastructure/targets', offers: '/infrastructure/targets/new' },
    { page: '/infrastructure/worker-pools', offers: 'Add worker' },
    { page: '/library/packages', offers: '/library/packages/upload' },
    { page: '/library/lifecycles', offers: '/library/lifecycles/new' },
  ])('$page shows what there is and offers nothing', async ({ page, offers }) => {
    const seen = await read(page, ben)
    expect(seen.status).toBe(200)
    expect(seen.html).not.toContain(offers)
    expect(seen.html).not.toContain('/delete')
    expect(await (await server.send('GET', page)).text()).toContain(offers)
  })

  it('the page of a target has no form', async () => {
    const { status, html } = await read(`/infrastructure/targets/${target}`, ben)
    expect(status).toBe(200)
    expect(html).toContain('web-1')
    expect(html).not.toContain(`action="/infrastructure/targets/${target}`)
  })

  it('a release says why it cannot be deployed by them, and offers it to Ada', async () => {
    const seen = await read(`/releases/${release}`, ben)
    expect(seen.html).toContain('You may not deploy here: it takes DeploymentCreate')
    expect(seen.html).not.toContain(`/releases/${release}/deploy`)
    expect(seen.html).not.toContain(`/releases/${release}/delete`)
    expect((await read(`/releases/${release}`, ada)).html).toContain(
      `href="/releases/${release}/deploy?environment=${staging}"`,
    )
  })

  it.each([
    () => '/infrastructure/environments',
    () => `/infrastructure/environments/${staging}/delete`,
    () => `/infrastructure/targets/${target}/state`,
    () => `/infrastructure/targets/${target}/delete`,
    () => '/infrastructure/targets/new',
    () => '/library/packages/upload',
    () => '/library/lifecycles',
    () => `/projects/${project}/releases`,
    () => `/releases/${release}/deploy`,
    () => `/releases/${release}/variables`,
    () => `/releases/${release}/delete`,
  ])('a form sent all the same is refused', async path => {
    const body = `name=Other&role=target&tags=web&environments=${staging}&environmentId=${staging}`
    const answer = await server.send('POST', path(), {
      key: ben,
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('You do not have permission to do this.')
  })

  it('long lists come in pages of fifty', async () => {
    for (let number = 10; number < 60; number++)
      await server.json('POST', '/api/machines', {
        body: { Name: `node-${number}`, EnvironmentIds: [staging], Roles: ['node'] },
      })
    const first = await read('/infrastructure/targets', ben)
    expect(first.html).toContain('1–50 of 51 targets')
    expect(first.html).not.toContain('>web-1<')
    expect(first.html).toContain('href="/infrastructure/targets?page=2"')
    const second = await read('/infrastructure/targets?page=2', ben)
    expect(second.html).toContain('51–51 of 51 targets')
    expect(second.html).toContain('>web-1<')
    expect((await read('/infrastructure/targets?page=9', ben)).html).toContain('no such page')
    const filtered = await read('/infrastructure/targets?tag=node', ben)
    expect(filtered.html).not.toContain('?page=2')
  })

  it('limited to one environment they see it alone, and no values of another', async () => {
    expect((await read('/infrastructure/environments', guest)).html).not.toContain('Production')
    const targets = await read('/infrastructure/targets', guest)
    expect(targets.html).not.toContain('web-1')
    expect(targets.html).not.toContain('Production')
    expect((await read(`/infrastructure/targets/${target}`, guest)).status).toBe(404)
    const { html } = await read(`/releases/${release}`, guest)
    expect(html).toContain('to-testers')
    expect(html).not.toContain('to-customers')
    const whole = await read(`/releases/${release}`, ben)
    expect(whole.html).toContain('to-customers')
    expect(whole.html).toContain('to-all')
    expect(whole.html).not.toContain('correct horse')
  })
})
