import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, taskEnd } from '../../support/api.ts'
import type { Portal } from '../../support/portal.ts'
import { packages, targets, type World } from './world.ts'

export const releasesStory = (world: () => World) =>
  describe('releases', () => {
    let portal: Portal
    let api: Api
    let environmentId: World['environmentId']
    let targetId: World['targetId']

    let project: string
    const releases = () => `/projects/${project}/releases`

    beforeAll(async () => {
      ;({ portal, api, environmentId, targetId } = world())
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
      const path = `${targets}/${await targetId()}`
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
