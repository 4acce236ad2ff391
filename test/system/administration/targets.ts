import { beforeAll, describe, expect, it } from 'vitest'
import type { Api } from '../../support/api.ts'
import type { Portal } from '../../support/portal.ts'
import type { Product } from '../../support/product.ts'
import { targets, type World } from './world.ts'

export const targetsStory = (world: () => World) =>
  describe('targets', () => {
    let portal: Portal
    let api: Api
    let product: Product
    let environmentId: World['environmentId']
    let targetId: World['targetId']
    let startRunner: World['startRunner']

    beforeAll(() => {
      ;({ portal, api, product, environmentId, targetId, startRunner } = world())
    })

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

      await startRunner(token)
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
      const id = await targetId()
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
      const id = await targetId()
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
