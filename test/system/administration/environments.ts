import { beforeAll, describe, expect, it } from 'vitest'
import type { Portal } from '../../support/portal.ts'
import { environments, type World } from './world.ts'

export const environmentsStory = (world: () => World) =>
  describe('environments', () => {
    let portal: Portal
    let environmentId: World['environmentId']

    beforeAll(() => {
      ;({ portal, environmentId } = world())
    })

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

const csrfOf = (html: string) => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
