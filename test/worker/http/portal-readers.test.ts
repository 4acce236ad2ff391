import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPortalShop, type PortalShop } from '../../support/portal-shop.ts'

describe('the pages of who may only look', () => {
  let shop: PortalShop
  let target: string
  let project: string
  let release: string

  beforeAll(async () => {
    shop = await openPortalShop()
    const { staging, production } = shop
    project = shop.project
    const web = { Name: 'web-1', EnvironmentIds: [production], Roles: ['web'] }
    target = (await shop.post('/machines', web)).Id
    const set = await shop.json('GET', `/api/variables/variableset-${project}`)
    const values = [
      { Name: 'Greeting', Value: 'to-testers', Scope: { Environment: [staging] } },
      { Name: 'Greeting', Value: 'to-customers', Scope: { Environment: [production] } },
      { Name: 'Greeting', Value: 'to-all' },
      { Name: 'Password', Value: 'correct horse', Type: 'Sensitive', IsSensitive: true },
    ]
    await shop.json('PUT', `/api/variables/variableset-${project}`, {
      body: { ...set, Variables: values },
    })
    release = (await shop.post('/releases', { ProjectId: project, Version: '1.0.0' })).Id
  })
  afterAll(() => shop.stop())

  it.each([
    { page: '/infrastructure/environments', offers: 'Add environment' },
    { page: '/infrastructure/targets', offers: '/infrastructure/targets/new' },
    { page: '/infrastructure/worker-pools', offers: 'Add worker' },
    { page: '/library/packages', offers: '/library/packages/upload' },
    { page: '/library/lifecycles', offers: '/library/lifecycles/new' },
  ])('$page shows what there is and offers nothing', async ({ page, offers }) => {
    const seen = await shop.read(page, shop.ben)
    expect(seen.status).toBe(200)
    expect(seen.html).not.toContain(offers)
    expect(seen.html).not.toContain('/delete')
    expect(await (await shop.send('GET', page)).text()).toContain(offers)
  })

  it('the page of a target has no form', async () => {
    const { status, html } = await shop.read(`/infrastructure/targets/${target}`, shop.ben)
    expect(status).toBe(200)
    expect(html).toContain('web-1')
    expect(html).not.toContain(`action="/infrastructure/targets/${target}`)
  })

  it('a release says why it cannot be deployed by them, and offers it to Ada', async () => {
    const seen = await shop.read(`/releases/${release}`, shop.ben)
    expect(seen.html).toContain('You may not deploy here: it takes DeploymentCreate')
    expect(seen.html).not.toContain(`/releases/${release}/deploy`)
    expect(seen.html).not.toContain(`/releases/${release}/delete`)
    expect((await shop.read(`/releases/${release}`, shop.ada)).html).toContain(
      `href="/releases/${release}/deploy?environment=${shop.staging}"`,
    )
  })

  it.each([
    () => '/infrastructure/environments',
    () => `/infrastructure/environments/${shop.staging}/delete`,
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
    const { status, html } = await shop.sendForm(
      path(),
      {
        name: 'Other',
        role: 'target',
        tags: 'web',
        environments: shop.staging,
        environmentId: shop.staging,
      },
      shop.ben,
    )
    expect(status).toBe(403)
    expect(html).toContain('You do not have permission to do this.')
  })

  it('long lists come in pages of fifty', async () => {
    for (let number = 10; number < 60; number++)
      await shop.json('POST', '/api/machines', {
        body: { Name: `node-${number}`, EnvironmentIds: [shop.staging], Roles: ['node'] },
      })
    const first = await shop.read('/infrastructure/targets', shop.ben)
    expect(first.html).toContain('1–50 of 51 targets')
    expect(first.html).not.toContain('>web-1<')
    expect(first.html).toContain('href="/infrastructure/targets?page=2"')
    const second = await shop.read('/infrastructure/targets?page=2', shop.ben)
    expect(second.html).toContain('51–51 of 51 targets')
    expect(second.html).toContain('>web-1<')
    expect((await shop.read('/infrastructure/targets?page=9', shop.ben)).html).toContain(
      'no such page',
    )
    const filtered = await shop.read('/infrastructure/targets?tag=node', shop.ben)
    expect(filtered.html).not.toContain('?page=2')
  })

  it('limited to one environment they see it alone, and no values of another', async () => {
    expect((await shop.read('/infrastructure/environments', shop.guest)).html).not.toContain(
      'Production',
    )
    const targets = await shop.read('/infrastructure/targets', shop.guest)
    expect(targets.html).not.toContain('web-1')
    expect(targets.html).not.toContain('Production')
    expect((await shop.read(`/infrastructure/targets/${target}`, shop.guest)).status).toBe(404)
    const { html } = await shop.read(`/releases/${release}`, shop.guest)
    expect(html).toContain('to-testers')
    expect(html).not.toContain('to-customers')
    const whole = await shop.read(`/releases/${release}`, shop.ben)
    expect(whole.html).toContain('to-customers')
    expect(whole.html).toContain('to-all')
    expect(whole.html).not.toContain('correct horse')
  })
})
