import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPortalShop, type PortalShop } from '../../support/portal-shop.ts'

describe('the pages of a project', () => {
  let shop: PortalShop
  let project: string

  beforeAll(async () => {
    shop = await openPortalShop()
    const { staging, production } = shop
    project = shop.project
    await shop.post('/machines', { Name: 'web-1', EnvironmentIds: [staging], Roles: ['web'] })
    await shop.post('/machines', { Name: 'web-2', EnvironmentIds: [production], Roles: ['web'] })
    await shop.sendForm(`/projects/${project}/process/steps`, {
      kind: 'script',
      name: 'Greet',
      runOn: 'targets',
      targetTags: 'web',
      condition: 'Success',
      syntax: 'Bash',
      scriptBody: 'echo hello',
    })
    await shop.post('/releases', { ProjectId: project, Version: '1.0.0' })
  })
  afterAll(() => shop.stop())

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
    const seen = await shop.read(page(), shop.ben)
    expect(seen.status).toBe(200)
    expect(seen.html).toContain(shows)
    expect(seen.html).not.toContain(offers)
    expect((await shop.read(page())).html).toContain(offers)
  })

  it.each([
    () => '/projects',
    () => `/projects/${project}/settings`,
    () => `/projects/${project}/delete`,
    () => `/projects/${project}/process/steps`,
    () => `/projects/${project}/variables`,
  ])('refuse a form that Ben sends all the same', async path => {
    const { status, html } = await shop.sendForm(path(), { name: 'Other' }, shop.ben)
    expect(status).toBe(403)
    expect(html).toContain('You do not have permission to do this.')
  })

  it('offer Ada the next environment of the newest release', async () => {
    expect((await shop.read('/', shop.ada)).html).toContain(`/deploy?environment=${shop.staging}`)
    expect((await shop.read(`/projects/${project}`, shop.ada)).html).toContain(
      'It must first succeed in Staging',
    )
  })

  it('show a guest of one environment that one alone, on the grids and in a search', async () => {
    for (const path of ['/', `/projects/${project}`]) {
      const { status, html } = await shop.read(path, shop.guest)
      expect(status).toBe(200)
      expect(html).toContain('Staging')
      expect(html).not.toContain('>Production<')
    }
    const { html } = await shop.read('/search?q=web', shop.guest)
    expect(html).not.toContain('web-2')
    expect((await shop.read('/search?q=web')).html).toContain('web-2')
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
    const { status, html } = await shop.read(path)
    expect(status).toBe(404)
    expect(html).toContain('There is nothing here')
  })

  it('take a step back from somebody who saw an older process', async () => {
    const { html } = await shop.read(`/projects/${project}/process`)
    const step = /id="step-([\w-]+)"/.exec(html)?.[1] ?? ''
    const page = await shop.read(`/projects/${project}/process/steps/${step}`)
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
    expect((await shop.sendForm(path, { ...fields, scriptBody: 'echo one' })).status).toBe(303)
    const late = await shop.sendForm(path, { ...fields, scriptBody: 'echo two' })
    expect(late.status).toBe(422)
    expect(late.html).toContain('Someone else has changed the process')
    expect(late.html).toContain('echo two')
  })

  it('keep the lines of a script as they were written', async () => {
    const script = '\n\tif true\n  then echo "<&>"\nfi\n'
    await shop.sendForm(`/projects/${project}/process/steps`, {
      kind: 'script',
      name: 'Lines',
      runOn: 'server',
      condition: 'Always',
      syntax: 'Bash',
      scriptBody: script.replaceAll('\n', '\r\n'),
    })
    const { Steps } = await shop.json('GET', `/api/projects/${project}/deploymentprocesses`)
    expect(Steps.at(-1).Actions[0].Properties['Octopus.Action.Script.ScriptBody']).toBe(script)
  })
})
