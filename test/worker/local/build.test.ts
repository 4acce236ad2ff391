import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { buildAssets } from '../../../worker/local/build/assets.ts'
import { sourceStamp } from '../../../worker/local/build/stamp.ts'
import { pathTo } from '../../../worker/local/paths.ts'

it('puts each static file under a name that carries its hash, and lists them all', async () => {
  const { urls } = await buildAssets()
  for (const name of ['htmx.js', 'sse.js', 'idiomorph.js']) {
    expect(urls[name]).toMatch(/^\/assets\/[a-z]+-[0-9a-f]{10}\.js$/)
  }
  for (const url of Object.values(urls))
    expect(existsSync(pathTo('.build', 'assets', url))).toBe(true)
  const manifest: unknown = JSON.parse(
    await readFile(pathTo('.build', 'asset-manifest.json'), 'utf8'),
  )
  expect(manifest).toEqual(urls)
})

it('gives the same content the same name', async () => {
  expect((await buildAssets()).urls).toEqual((await buildAssets()).urls)
})

it('tells the same sources by the same stamp', async () => {
  expect(await sourceStamp()).toMatch(/^[0-9a-f]{64}$/)
})
