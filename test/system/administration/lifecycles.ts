import { beforeAll, describe, expect, it } from 'vitest'
import type { Api } from '../../support/api.ts'
import type { Portal } from '../../support/portal.ts'
import { lifecycles, type World } from './world.ts'

export const lifecyclesStory = (world: () => World) =>
  describe('lifecycles', () => {
    let portal: Portal
    let api: Api
    let environmentId: World['environmentId']

    beforeAll(() => {
      ;({ portal, api, environmentId } = world())
    })

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
