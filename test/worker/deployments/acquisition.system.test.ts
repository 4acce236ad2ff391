import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bash, type Engine, startEngine } from './engine.ts'

vi.setConfig({ testTimeout: 60_000 })

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
  await engine.runner('web-1', ['web'])
  await engine.runner('web-2', ['web'])
}, 60_000)
afterAll(() => engine?.stop())

/** Of a release that took it; its bytes are not in the store. */
const GONE = {
  ActionName: 'Deploy',
  PackageReferenceName: '',
  PackageId: 'Shop.Web',
  Version: '1.0.0',
  Sha256: 'a'.repeat(64),
  Extension: '.zip',
  SizeBytes: 7,
}

const withPackage = (name: string) => {
  const step = bash(name, 'echo deployed')
  const [action] = step.Actions as object[]
  const reference = { Id: 'p', Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin' }
  return { ...step, Actions: [{ ...action, Packages: [reference] }] }
}

describe('a package that cannot be had', () => {
  it('fails the deployment before a step that needs it has begun on any target', async () => {
    const id = await engine.deployment(
      [
        bash('Free disk', 'echo freed', { PackageRequirement: 'BeforePackageAcquisition' }),
        bash('Stop the shop', 'echo stopped', { PackageRequirement: 'AfterPackageAcquisition' }),
        withPackage('Deploy'),
      ],
      [],
      'Environments-1',
      [GONE],
    )
    await engine.post(`/deeds/${id}/start`)
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Failed')
    expect(texts.filter(text => /^(freed|stopped|deployed)$/.test(text))).toEqual([
      'freed',
      'freed',
    ])
    const details = await engine.post(`/deeds/${id}/details`)
    expect(details.errorMessage).toMatch(
      /^Acquire packages failed on web-[12]: Package Shop.Web 1.0.0 could not be fetched/,
    )
    const rows = details.tree.children.map((step: { name: string; status: string }) => [
      step.name,
      step.status,
    ])
    expect(rows).toEqual([
      ['Step 1: Free disk', 'Success'],
      ['Acquire packages', 'Failed'],
      ['Step 2: Stop the shop', 'Skipped'],
      ['Step 3: Deploy', 'Skipped'],
    ])
  })
})
