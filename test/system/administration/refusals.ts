import { beforeAll, describe, expect, it } from 'vitest'
import { openPortal, type Portal } from '../../support/portal.ts'
import type { Product } from '../../support/product.ts'
import { environments, lifecycles, packages, targets, type World } from './world.ts'

export const refusalsStory = (world: () => World) =>
  describe('who may not', () => {
    let portal: Portal
    let product: Product

    beforeAll(() => {
      ;({ portal, product } = world())
    })

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
