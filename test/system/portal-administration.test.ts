import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiClient, taskEnd } from '../support/api.ts'
import { zipOf } from '../support/packages.ts'
import { openPortal, type Portal, signInto } from '../support/portal.ts'
import { type Product, startProduct } from '../support/product.ts'

const RUNNER = fileURLToPath(new URL('../../.build/assets/runner.mjs', import.meta.url))

const environments = '/infrastructure/environments'
const targets = '/infrastructure/targets'
const lifecycles = '/library/lifecycles'
const packages = '/library/packages'

/** The whole of it by links and forms, as a browser without scripts sends them. */
describe('an administrator sets up a shop and releases it', () => {
  let product: Product
  let portal: Portal
  let api: Api
  let project: string
  const homes: string[] = []
  const runners: ChildProcess[] = []

  const idAfter = (html: string, path: string) =>
    new RegExp(`href="${path}/([\\w-]+)"`).exec(html)?.[1] ?? ''
  const environmentId = async (name: string) => {
    const { html } = await portal.get(environments)
    return new RegExp(`href="${environments}/([\\w-]+)">${name}<`).exec(html)?.[1] ?? ''
  }

  beforeAll(async () => {
    product = await startProduct({ runner: true })
    portal = await signInto(product)
    api = apiClient(product.url, product.apiKey)
  })
  afterAll(async () => {
    for (const runner of runners) {
      runner.kill('SIGTERM')
      if (runner.exitCode === null) await once(runner, 'exit')
    }
    await product?.stop()
    for (const home of homes) await rm(home, { recursive: true, force: true })
  })

  describe('environments', () => {
    it('says what an environment is while there is none', async () => {
      const page = await portal.get('/infrastructure')
      expect(page).toMatchObject({ status: 200, path: environments })
      expect(page.text).toContain('No environments yet')
    })

    it('adds one with a form and says so', async () => {
      const page = await portal.submit(await portal.get(environments), environments, {
        name: 'Production',
        description: 'What customers see',
      })
      expect(page).toMatchObject({ status: 200, path: environments })
      expect(page.text).toContain('Production was added.')
      expect(page.text).toContain('What customers see')
      expect((await portal.get(environments)).text).not.toContain('Production was added.')
    })

    it.each([
      { what: 'without a name', name: '', says: 'An environment needs a name.' },
      {
        what: 'with a name that is taken, in any letter case',
        name: 'PRODUCTION',
        says: "An environment named 'PRODUCTION' already exists. Choose another name.",
      },
      { what: 'with an endless name', name: 'x'.repeat(201), says: 'May have 200 characters.' },
    ])('refuses one $what and shows what was typed', async ({ name, says }) => {
      const page = await portal.submit(await portal.get(environments), environments, {
        name,
        description: 'kept <as typed>',
      })
      expect(page.status).toBe(422)
      expect(page.text).toContain(says)
      expect(page.html).toContain('kept &lt;as typed&gt;')
    })

    it('puts them in order with buttons', async () => {
      await portal.submit(await portal.get(environments), environments, { name: 'Staging' })
      const move = `${environments}/${await environmentId('Staging')}/move`
      const page = await portal.submit(await portal.get(environments), move, {}, [
        'direction',
        'up',
      ])
      expect(page.text).toContain('Staging moved up.')
      expect(page.text.indexOf('Staging')).toBeLessThan(page.text.indexOf('Production'))
      const sent = new URLSearchParams({ _csrf: csrfOf(page.html), direction: 'sideways' })
      const refused = await portal.send('POST', move, { body: sent })
      expect(refused.status).toBe(400)
    })

    it('renames one on its own page', async () => {
      const path = `${environments}/${await environmentId('Production')}`
      const page = await portal.get(path)
      expect(page.html).toContain('What customers see')
      expect((await portal.submit(page, path, { name: 'Staging' })).status).toBe(422)
      const saved = await portal.submit(page, path, { name: 'Live' })
      expect(saved.text).toContain('Live was saved.')
      await portal.submit(await portal.get(path), path, { name: 'Production' })
    })

    it('asks before it deletes one', async () => {
      await portal.submit(await portal.get(environments), environments, { name: 'Scratch' })
      const path = `${environments}/${await environmentId('Scratch')}/delete`
      const page = await portal.get(path)
      expect(page.text).toContain('Delete environment Scratch?')
      expect((await portal.submit(page, path)).text).toContain('Scratch was deleted.')
      expect((await portal.get(path)).status).toBe(404)
    })
  })

  describe('targets', () => {
    it('says how to add one while there is none', async () => {
      const page = await portal.get(targets)
      expect(page.text).toContain('No targets yet')
      expect(page.html).toContain(`href="${targets}/new"`)
    })

    it('refuses a target without a place or a tag', async () => {
      const form = await portal.get(`${targets}/new`)
      const page = await portal.submit(form, `${targets}/new`, { name: 'web-1' })
      expect(page.status).toBe(422)
      expect(page.text).toContain('Choose at least one environment for the target.')
      expect(page.text).toContain('Give the target at least one tag')
      expect(page.html).toContain('value="web-1"')
    })

    it('makes a one-line command whose token is shown once, and the machine appears', async () => {
      const form = await portal.get(`${targets}/new`)
      const page = await portal.submit(form, `${targets}/new`, {
        name: 'web-1',
        environments: [await environmentId('Staging'), await environmentId('Production')],
        tags: 'web, cache',
      })
      expect(page.status).toBe(200)
      const token = /install\/([\w-]+) \| sh/.exec(page.text)?.[1] ?? ''
      expect(page.text).toContain(`curl -fsSL ${product.url}/install/${token} | sh`)
      expect(page.text).toContain('shown only now')
      expect((await portal.get(`${targets}/new`)).html).not.toContain(token)

      const home = await mkdtemp(join(tmpdir(), 'slipway-web-1-'))
      homes.push(home)
      const registered = runner(
        'register',
        '--server',
        product.url,
        '--token',
        token,
        '--home',
        home,
      )
      expect(await once(registered, 'exit')).toEqual([0, null])
      const running = runner('run', '--home', home)
      runners.push(running)
      const page2 = await portal.get(targets)
      expect(page2.text).toContain('web-1')
      expect(page2.text).toContain('Staging, Production')
    })

    it.each([
      { by: 'name', query: 'name=WEB', found: true },
      { by: 'another name', query: 'name=db', found: false },
      { by: 'tag', query: 'tag=cache', found: true },
      { by: 'another tag', query: 'tag=db', found: false },
      {
        by: 'an environment that is not there',
        query: 'environment=Environments-99',
        found: false,
      },
    ])('filters by $by', async ({ query, found }) => {
      const page = await portal.get(`${targets}?${query}`)
      expect(page.status).toBe(200)
      expect(page.text.includes('No target matches.')).toBe(!found)
    })

    it('shows one with what its runner told, and changes its tags', async () => {
      const id = idAfter((await portal.get(targets)).html.replaceAll('/new"', ''), targets)
      const path = `${targets}/${id}`
      const page = await portal.get(path)
      expect(page.text).toContain('Runner version')
      expect(page.html).toContain('value="cache, web"')
      const refused = await portal.submit(page, path, { tags: ' , ', environments: [] })
      expect(refused.status).toBe(422)
      expect(refused.text).toContain('Is empty; give the target at least one tag')
      expect(refused.text).toContain('a target stands in at least one environment')
      const saved = await portal.submit(page, path, { tags: 'web' })
      expect(saved).toMatchObject({ status: 200, path })
      expect(saved.text).toContain('web-1 was saved.')
      expect(saved.html).toContain('value="web"')
    })

    it('takes one out of service and back', async () => {
      const id = idAfter((await portal.get(targets)).html.replaceAll('/new"', ''), targets)
      const state = `${targets}/${id}/state`
      const off = await portal.submit(await portal.get(`${targets}/${id}`), state)
      expect(off.text).toContain('web-1 is disabled: no deployment goes to it.')
      const on = await portal.submit(off, state)
      expect(on.text).toContain('web-1 is enabled.')
    })

    it('adds a worker pool and deletes it, but never the default one', async () => {
      const pools = '/infrastructure/worker-pools'
      const page = await portal.submit(await portal.get(pools), pools, { name: 'Build servers' })
      expect(page.text).toContain('Build servers was added.')
      const twice = await portal.submit(page, pools, { name: 'Build servers' })
      expect(twice.status).toBe(422)
      expect(twice.text).toContain("A worker pool named 'Build servers' already exists.")
      const path = /href="([^"]+\/delete)" title="Delete Build servers"/.exec(page.html)?.[1] ?? ''
      const gone = await portal.submit(await portal.get(path), path)
      expect(gone.text).toContain('Build servers was deleted.')
      const own = (await api.get('/api/Spaces-1/workerpools/all'))[0].Id
      const kept = await portal.submit(
        await portal.get(`${pools}/${own}/delete`),
        `${pools}/${own}/delete`,
      )
      expect(kept.status).toBe(422)
    })

    it('lists the workers of each pool', async () => {
      const page = await portal.get('/infrastructure/worker-pools')
      expect(page.text).toContain('Default Worker Pool default')
      const form = await portal.get(`${targets}/new?role=worker`)
      const made = await portal.submit(form, `${targets}/new`)
      expect(made.text).toContain('/install/')
      const none = await portal.submit(form, `${targets}/new`, { workerPools: [] })
      expect(none.text).toContain('Choose at least one worker pool for the worker.')
    })
  })

  describe('packages', () => {
    const upload = `${packages}/upload`
    const file = (name: string, text = 'one') =>
      new File([new Uint8Array(zipOf({ 'index.html': text }))], name)

    it('says how to get one in while there is none', async () => {
      const page = await portal.get('/library')
      expect(page).toMatchObject({ status: 200, path: packages })
      expect(page.text).toContain('No packages yet')
    })

    it.each(['1.0.0', '1.1.0', '1.10.0-beta'])('takes version %s', async version => {
      const page = await portal.submit(await portal.get(upload), upload, {
        file: file(`Shop.Web.${version}.zip`, version),
      })
      expect(page).toMatchObject({ status: 200, path: `${packages}/Shop.Web` })
      expect(page.text).toContain(`Shop.Web ${version} was uploaded.`)
    })

    it.each([
      { what: 'no file', name: '', says: 'Choose the package file to upload.' },
      { what: 'a name without a version', name: 'Shop.zip', says: 'has no version in it' },
      { what: 'what is no package', name: 'Shop.1.0.0.txt', says: 'which is no package format' },
      {
        what: 'a version that exists',
        name: 'Shop.Web.1.0.0.zip',
        says: 'this version is in the repository already',
      },
    ])('refuses $what', async ({ name, says }) => {
      const page = await portal.submit(await portal.get(upload), upload, { file: file(name) })
      expect(page.status).toBe(422)
      expect(page.text).toContain(says)
    })

    it('refuses bytes that are no archive', async () => {
      const page = await portal.submit(await portal.get(upload), upload, {
        file: new File(['not a zip at all, only text'], 'Shop.Web.3.0.0.zip'),
      })
      expect(page.status).toBe(422)
      expect((await portal.get(`${packages}/Shop.Web`)).text).not.toContain('3.0.0')
    })

    it('replaces a version when asked to', async () => {
      const page = await portal.submit(
        await portal.get(upload),
        `${upload}?overwriteMode=OverwriteExisting`,
        { file: file('Shop.Web.1.0.0.zip', 'another') },
      )
      expect(page.text).toContain('Shop.Web 1.0.0 was replaced.')
    })

    it('lists and filters them by id with their newest version', async () => {
      const page = await portal.get(packages)
      expect(page.text).toMatch(/Shop\.Web 1\.10\.0-beta 3 /)
      const none = await portal.get(`${packages}?filter=warehouse`)
      expect(none.text).toContain("No package's ID contains “warehouse”.")
    })

    it('foretells what a retention would delete, and keeps the policy that is saved', async () => {
      const retention = `${packages}/retention`
      const fresh = await portal.get(retention)
      expect(fresh.text).toContain('Every version is kept for ever.')
      expect(fresh.text).toContain('Nothing would be deleted.')
      const saved = await portal.submit(fresh, retention, { policy: '45' })
      expect(saved.text).toContain('The policy was saved.')
      expect(saved.text).toContain('deleted 45 days after they were published')
      const refused = await portal.submit(saved, retention, { policy: '0' })
      expect(refused.status).toBe(422)
      expect(refused.text).toContain('A package is kept for 1 to 36500 days at least; found 0.')
      const run = `${retention}/45/run`
      const asked = await portal.get(run)
      expect(asked.text).toContain('Delete 0 unused versions?')
      expect((await portal.submit(asked, run)).text).toContain('0 versions were deleted.')
      const forever = await portal.submit(await portal.get(retention), retention, { policy: '' })
      expect(forever.text).toContain('Every version is kept.')
    })

    it('deletes a version after asking', async () => {
      const path = `${packages}/Shop.Web/1.10.0-beta/delete`
      const page = await portal.submit(await portal.get(path), path)
      expect(page.text).toContain('Shop.Web 1.10.0-beta was deleted.')
      expect((await portal.get(path)).status).toBe(404)
    })
  })

  describe('lifecycles', () => {
    it('builds one phase by phase, keeping what was typed', async () => {
      const staging = await environmentId('Staging')
      const production = await environmentId('Production')
      let page = await portal.get(`${lifecycles}/new`)
      page = await portal.submit(page, lifecycles, { name: 'Careful' }, ['do', 'add'])
      page = await portal.submit(
        page,
        lifecycles,
        { 'phases.0.name': 'Live', 'phases.0.environments': [production] },
        ['do', 'add'],
      )
      page = await portal.submit(
        page,
        lifecycles,
        { 'phases.1.name': 'Trial', 'phases.1.environments': [staging] },
        ['do', 'up:1'],
      )
      expect(page.html).toContain('value="Careful"')
      expect(page.html.indexOf('value="Trial"')).toBeLessThan(page.html.indexOf('value="Live"'))
      page = await portal.submit(page, lifecycles, {}, ['do', 'save'])
      expect(page).toMatchObject({ status: 200, path: lifecycles })
      expect(page.text).toContain('Careful was saved.')
      expect(page.text).toContain('Trial Staging')
    })

    it('says which phase is wrong', async () => {
      const staging = await environmentId('Staging')
      const page = await portal.get(`${lifecycles}/new`)
      const added = await portal.submit(page, lifecycles, { name: 'Odd' }, ['do', 'add'])
      const two = await portal.submit(
        added,
        lifecycles,
        { 'phases.0.name': 'One', 'phases.0.environments': [staging] },
        ['do', 'add'],
      )
      const unnamed = await portal.submit(two, lifecycles, {}, ['do', 'save'])
      expect(unnamed.status).toBe(422)
      expect(unnamed.text).toContain('Is missing; give each phase a name')
      const twice = await portal.submit(
        two,
        lifecycles,
        { 'phases.1.name': 'Two', 'phases.1.environments': [staging] },
        ['do', 'save'],
      )
      expect(twice.text).toContain("'One' and 'Two' both name it.")
    })

    it('keeps what the form does not show when it is saved again', async () => {
      const { Items } = await api.get('/api/Spaces-1/lifecycles?partialName=Careful')
      const [before] = Items
      const keep = { Unit: 'Days', QuantityToKeep: 3, ShouldKeepForever: false }
      before.Phases[0].ReleaseRetentionPolicy = keep
      before.Phases[0].MinimumEnvironmentsBeforePromotion = 1
      await api.put(before.Links.Self, before)
      const path = `${lifecycles}/${before.Id}`
      const page = await portal.submit(await portal.get(path), path, { description: 'two' }, [
        'do',
        'save',
      ])
      expect(page.text).toContain('Careful was saved.')
      const after = await api.get(before.Links.Self)
      expect(after.Phases[0]).toMatchObject({
        ReleaseRetentionPolicy: keep,
        MinimumEnvironmentsBeforePromotion: 1,
      })
      expect(after.Description).toBe('two')
    })

    it('deletes one that nothing uses, and says who uses the other', async () => {
      const path = `${lifecycles}/Lifecycles-1/delete`
      const group = (await api.get('/api/Spaces-1/projectgroups?take=1')).Items[0].Id
      const { Id } = await api.post('/api/Spaces-1/projects', {
        Name: 'Old shop',
        ProjectGroupId: group,
        LifecycleId: 'Lifecycles-1',
      })
      const page = await portal.submit(await portal.get(path), path)
      expect(page.status).toBe(422)
      expect(page.text).toContain('it is used by project Old shop')
      await api.del(`/api/Spaces-1/projects/${Id}`)
      const again = await portal.submit(await portal.get(path), path)
      expect(again).toMatchObject({ status: 200, path: lifecycles })
    })
  })

  describe('releases', () => {
    const releases = () => `/projects/${project}/releases`

    beforeAll(async () => {
      const group = (await api.get('/api/Spaces-1/projectgroups?take=1')).Items[0].Id
      const lifecycle = (await api.get('/api/Spaces-1/lifecycles/all'))[0].Id
      const shop = await api.post('/api/Spaces-1/projects', {
        Name: 'Shop',
        ProjectGroupId: group,
        LifecycleId: lifecycle,
      })
      project = shop.Id
      const process = await api.get(`/api/Spaces-1/projects/${project}/deploymentprocesses`)
      process.Steps = [
        {
          Name: 'Show the page',
          Properties: { 'Octopus.Action.TargetRoles': 'web' },
          Actions: [
            {
              Name: 'Show the page',
              ActionType: 'Octopus.TentaclePackage',
              Packages: [{ PackageId: 'Shop.Web', FeedId: '', Name: '' }],
              Properties: { 'Octopus.Action.Package.PackageId': 'Shop.Web' },
            },
          ],
        },
      ]
      await api.put(`/api/Spaces-1/projects/${project}/deploymentprocesses`, process)
      const set = await api.get(`/api/Spaces-1/variables/variableset-${project}`)
      set.Variables = [
        {
          Name: 'Greeting',
          Value: 'Hello',
          Scope: { Environment: [await environmentId('Staging')] },
        },
        { Name: 'Password', Value: 'correct horse', IsSensitive: true, Type: 'Sensitive' },
      ]
      await api.put(`/api/Spaces-1/variables/variableset-${project}`, set)
    })

    it('says what a release is while there is none', async () => {
      expect((await portal.get(releases())).text).toContain('No releases yet')
    })

    it('suggests the next number and the newest package, and freezes them', async () => {
      const form = await portal.get(`${releases()}/new`)
      expect(form.html).toContain('value="0.0.1"')
      expect(form.html).toMatch(/<option value="1\.1\.0" selected=""/)
      const page = await portal.submit(form, releases(), { notes: '# First\n\n<b>bold</b>' })
      expect(page.path).toBe('/releases/Releases-1')
      expect(page.text).toContain('Release 0.0.1 was created.')
      expect(page.text).toContain('Shop.Web 1.1.0')
      expect(page.html).not.toContain('<b>bold')
      expect(page.html).not.toContain('correct horse')
      expect(page.text).toContain('Password Sensitive')
      expect(page.text).toMatch(/Greeting Hello.*environment Staging/)
      expect(page.text).toContain('It must first succeed in Staging (phase Trial).')
    })

    it('takes an older package when asked, and another number', async () => {
      const form = await portal.get(`${releases()}/new`)
      const field = /name="(package:[^"]+)"/.exec(form.html)?.[1] ?? ''
      const page = await portal.submit(form, releases(), { version: '0.1.0', [field]: '1.0.0' })
      expect(page.text).toContain('Shop.Web 1.0.0')
      expect((await portal.get(`${releases()}`)).text).toContain('nowhere yet')
    })

    it.each([
      { what: 'a version that exists', version: '0.0.1', says: 'already exists. Choose another' },
      { what: 'no version', version: '', says: 'A release needs a version, such as 1.4.0.' },
      { what: 'a version with a space', version: '1 0', says: "'1 0' is no release version." },
    ])('refuses $what and keeps the notes', async ({ version, says }) => {
      const form = await portal.get(`${releases()}/new`)
      const page = await portal.submit(form, releases(), { version, notes: 'kept' })
      expect(page.status).toBe(422)
      expect(page.text).toContain(says)
      expect(page.html).toContain('\nkept</textarea>')
    })

    it('shows what will happen, deploys, and lets the lifecycle decide what comes next', async () => {
      const staging = await environmentId('Staging')
      const production = await environmentId('Production')
      const deploy = '/releases/Releases-1/deploy'
      const choice = await portal.get(deploy)
      expect(choice.text).toContain('It must first succeed in Staging')
      const plan = await portal.get(`${deploy}?environment=${staging}`)
      expect(plan.text).toContain('Show the page Skip Shop.Web 1.1.0 web-1')
      const early = await portal.submit(plan, deploy, { environmentId: production })
      expect(early.status).toBe(422)
      expect(early.text).toContain('cannot be deployed to Production')

      const sent = await portal.submit(plan, deploy)
      expect(sent.path).toMatch(/^\/deployments\/Deployments-\d+$/)
      const deployment = await api.get(`/api/Spaces-1${sent.path}`)
      await taskEnd(api, deployment.TaskId)

      const page = await portal.get('/releases/Releases-1')
      expect(page.text).toMatch(/Trial Done/)
      expect(page.html).toContain(`href="${deploy}?environment=${production}"`)
      expect((await portal.get(releases())).text).toMatch(/0\.0\.1 .*Default Staging/)
      const next = await portal.get(`${deploy}?environment=${staging}`)
      expect(next.text).toContain('0.0.1 now')
    })

    it('says beforehand when nothing could run', async () => {
      const { html } = await portal.get(targets)
      const path = `${targets}/${idAfter(html.replaceAll('/new"', ''), targets)}`
      await portal.submit(await portal.get(path), path, { tags: 'db' })
      const staging = await environmentId('Staging')
      const plan = await portal.get(`/releases/Releases-2/deploy?environment=${staging}`)
      expect(plan.text).toContain('There is nothing to deploy to.')
      await portal.submit(await portal.get(path), path, { tags: 'web' })
    })

    it('takes the variables anew when told to', async () => {
      const path = `/api/Spaces-1/variables/variableset-${project}`
      const set = await api.get(path)
      for (const variable of set.Variables)
        if (variable.Name === 'Greeting') variable.Value = 'Good morning'
      await api.put(path, set)
      const before = await portal.get('/releases/Releases-2')
      expect(before.text).toContain('Greeting Hello')
      expect(before.text).toContain('changed since')
      const after = await portal.submit(before, '/releases/Releases-2/variables')
      expect(after.text).toContain('Release 0.1.0 has the variables as they are now.')
      expect(after.text).toContain('Greeting Good morning')
      expect(after.html).not.toContain('action="/releases/Releases-2/variables"')
    })

    it('keeps the packages that a release took', async () => {
      for (const version of ['1.0.0', '1.1.0']) {
        const path = `${packages}/Shop.Web/${version}/delete`
        const page = await portal.submit(await portal.get(path), path)
        expect(page.status).toBe(422)
        expect(page.text).toContain('Delete the releases first, or keep the package.')
      }
    })

    it('says before anything is typed that a package is missing', async () => {
      const path = `/api/Spaces-1/projects/${project}/deploymentprocesses`
      const process = await api.get(path)
      const [step] = process.Steps
      const [action] = step.Actions
      const reference = { ...action.Packages[0], PackageId: 'Shop.Api' }
      await api.put(path, {
        ...process,
        Steps: [{ ...step, Actions: [{ ...action, Packages: [reference] }] }],
      })
      const form = await portal.get(`${releases()}/new`)
      expect(form.status).toBe(200)
      expect(form.text).toContain('package Shop.Api has no version in the built-in feed')
      expect(form.html).toContain(`href="${packages}/upload"`)
      const refused = await portal.submit(form, releases(), { version: '2.0.0' })
      expect(refused.status).toBe(422)
    })

    it('deletes one with its deployments', async () => {
      const path = '/releases/Releases-1/delete'
      const page = await portal.submit(await portal.get(path), path)
      expect(page).toMatchObject({ status: 200, path: releases() })
      expect(page.text).toContain('Release 0.0.1 was deleted.')
      expect((await portal.get('/releases/Releases-1')).status).toBe(404)
    })
  })

  describe('who may not', () => {
    it.each([
      environments,
      `${targets}/new`,
      lifecycles,
      `${packages}/upload`,
      '/releases/Releases-2/deploy',
      '/releases/Releases-2/delete',
    ])('a post to %s without the token of the session is refused', async path => {
      const isUpload = path.endsWith('upload')
      const body = isUpload ? new FormData() : new URLSearchParams({ name: 'Forged' })
      body.append('version', '9.9.9')
      const refused = await portal.send('POST', path, { body })
      expect(refused.status).toBe(403)
      expect(await refused.text()).toContain('lacks the session')
    })

    it('somebody who is not signed in is led to sign in and back', async () => {
      const answer = await openPortal(product.url).send('GET', `${targets}?tag=web`)
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toBe(
        '/sign-in?returnTo=%2Finfrastructure%2Ftargets%3Ftag%3Dweb',
      )
    })

    it.each([
      `${environments}/Environments-99`,
      `${targets}/Machines-99`,
      `${targets}/Machines-99/delete`,
      `${packages}/Nothing`,
      `${packages}/Shop.Web/7.7.7/delete`,
      `${lifecycles}/Lifecycles-99`,
      '/projects/Projects-99/releases',
      '/projects/Projects-99/releases/new',
      '/releases/Releases-99',
      '/releases/Releases-99/deploy',
      '/releases/Releases-99/delete',
    ])('%s is not found', async path => {
      const page = await portal.get(path)
      expect(page.status).toBe(404)
      expect(page.text).toContain('was not found')
    })

    it.each([
      `${targets}?page=0x1`,
      `${packages}?page=-`,
      `/projects/Projects-2/releases?page=1e9`,
    ])('%s is told to be wrong', async path => {
      expect((await portal.get(path)).status).toBe(400)
    })
  })
})

const csrfOf = (html: string) => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''

const runner = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [RUNNER, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
