import { beforeAll, describe, expect, it } from 'vitest'
import { zipOf } from '../../support/packages.ts'
import type { Portal } from '../../support/portal.ts'
import { packages, type World } from './world.ts'

export const packagesStory = (world: () => World) =>
  describe('packages', () => {
    let portal: Portal

    beforeAll(() => {
      ;({ portal } = world())
    })

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
