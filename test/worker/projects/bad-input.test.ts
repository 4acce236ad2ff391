import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shop, scriptStep, shop } from './shop.ts'

let server: Shop
beforeAll(async () => {
  server = await shop()
})
afterAll(() => server.stop())

const keys = [
  'Id',
  'Name',
  'Steps',
  'Actions',
  'Properties',
  'Variables',
  'Scope',
  'Environment',
  'Rules',
  'Value',
  '__proto__',
  'constructor',
  'Version',
]
const anything = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, '', 'x', '\u0000', '\ud800', -1, 1e308, "'; DROP TABLE projects"),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
  ),
})).value

it.each<[method: string, where: () => string, valid: () => Record<string, unknown>]>([
  ['PUT', () => `/api/projects/${server.project.Id}`, () => server.project],
  [
    'PUT',
    () => `/api/projects/${server.project.Id}/deploymentsettings`,
    () => ({ VersioningStrategy: {}, ConnectivityPolicy: {} }),
  ],
  [
    'PUT',
    () => `/api/projects/${server.project.Id}/deploymentprocesses`,
    () => ({ Steps: [scriptStep('A')] }),
  ],
  [
    'PUT',
    () => `/api/variables/${server.project.VariableSetId}`,
    () => ({ Variables: [{ Name: 'A', Value: 'b', Scope: {}, Prompt: {} }] }),
  ],
  ['POST', () => `/api/projects/${server.project.Id}/channels`, () => ({ Name: 'A', Rules: [{}] })],
  [
    'POST',
    () => '/api/channels/rule-test',
    () => ({ Version: '1', VersionRange: '1', PreReleaseTag: '' }),
  ],
  ['POST', () => '/api/projectgroups', () => ({ Name: 'A' })],
  ['POST', () => '/api/libraryvariablesets', () => ({ Name: 'A' })],
])('%s %s answers any body, never with a failure of its own', async (method, where, valid) => {
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(20), async (value, pick) => {
      const whole = valid()
      const names = Object.keys(whole)
      const name = names[pick % names.length] ?? ''
      const one = await server.send(method, where(), {
        body: JSON.stringify({ ...whole, [name]: value }),
      })
      const other = await server.send(method, where(), { body: JSON.stringify(value) })
      expect(Math.max(one.status, other.status)).toBeLessThan(500)
    }),
    { numRuns: 40 },
  )
})
