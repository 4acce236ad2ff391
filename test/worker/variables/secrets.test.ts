import { afterAll, beforeAll, expect, it } from 'vitest'
import { commit } from '../../../worker/database/client.ts'
import { snapshotVariables } from '../../../worker/variables/snapshot.ts'
import { type Shop, scriptStep, shop } from '../projects/shop.ts'

const CANARY = 'Canary-4b1e-Zx9'
/** In clear, whatever the letter case, in Base64 at each phase, in hexadecimal, for URLs, reversed. */
const LEAKED = new RegExp(
  [
    CANARY,
    ...[0, 1, 2].map(phase =>
      Buffer.from(' '.repeat(phase) + CANARY)
        .toString('base64')
        .slice(4, 16),
    ),
    Buffer.from(CANARY).toString('hex'),
    [...CANARY].reverse().join(''),
  ].join('|'),
  'i',
)

let server: Shop
let library: { Id: string; VariableSetId: string }
beforeAll(async () => {
  server = await shop()
  await server.saveSteps(scriptStep('Deploy web'))
  library = await server.json('POST', '/api/libraryvariablesets', { body: { Name: 'Mail' } })
  await server.json('PUT', `/api/projects/${server.project.Id}`, {
    body: { ...server.project, IncludedLibraryVariableSetIds: [library.Id] },
  })
  const save = (setId: string, Variables: unknown[]) =>
    server.json('PUT', `/api/variables/${setId}`, { body: { Variables } })
  await save(library.VariableSetId, [
    { Name: 'Mail.Password', Value: CANARY, IsSensitive: true },
    { Name: 'Mail.Url', Value: 'smtp://shop:#{Mail.Password}@mx/' },
  ])
  await save(server.project.VariableSetId, [
    { Name: 'Direct', Value: `${CANARY}-1`, IsSensitive: true },
    { Name: 'Asked', Value: `${CANARY}-2`, Type: 'Sensitive', Prompt: { Label: 'Key' } },
    { Name: 'Base64', Value: '#{Direct | ToBase64}' },
    { Name: 'Upper', Value: '#{Base64}#{Direct | ToUpper}' },
    { Name: 'FromLibrary', Value: '#{Mail.Url | UriEscape}' },
    { Name: 'Each', Value: '#{each letter in Direct}#{letter}#{/each}' },
    { Name: 'Chosen', Value: '#{if Direct == "x"}a#{else}#{Asked}#{/if}' },
    { Name: 'Same', Value: 'plain' },
    { Name: 'Same', Value: '#{Direct}', Scope: { Environment: [server.staging] } },
  ])
})
afterAll(() => server.stop())

it('no answer of the API holds a secret or what is made of one', async () => {
  const { id, libraryIds, writes } = await snapshotVariables(server.db, server.project.Id, 1)
  await commit(server.db, writes)
  const project = `project=${server.project.Id}`
  const set = server.project.VariableSetId
  const addresses = [
    `/api/variables/${set}`,
    `/api/variables/${library.VariableSetId}`,
    `/api/variables/all?ids=${set},${library.VariableSetId},${id}`,
    `/api/variables/${set}/values?take=100`,
    `/api/variables/${set}/values?filter=canary`,
    `/api/variables/${id}`,
    ...libraryIds.map(each => `/api/variables/${each}`),
    `/api/variables/names?${project}`,
    `/api/variables/preview?${project}`,
    `/api/variables/preview?${project}&environment=Staging&machine=web-1&action=Deploy%20web`,
    '/api/libraryvariablesets',
    `/api/libraryvariablesets/${library.Id}/usages`,
    `/api/projects/${server.project.Id}`,
    '/api/events',
  ]
  for (const address of addresses) {
    const response = await server.send('GET', address)
    expect(await response.text(), address).not.toMatch(LEAKED)
  }
})

it('a preview marks everything that comes from one', async () => {
  const query = `project=${server.project.Id}&environment=Staging`
  const { Variables } = await server.json('GET', `/api/variables/preview?${query}`)
  const shown = Variables.filter((each: { IsSensitive: boolean }) => !each.IsSensitive)
  expect(shown).toEqual([])
  for (const { Value, EvaluatedValue } of Variables)
    expect([Value, EvaluatedValue]).toEqual([null, null])
  const { Variables: elsewhere } = await server.json(
    'GET',
    `/api/variables/preview?project=${server.project.Id}&filter=Same`,
  )
  expect(elsewhere).toMatchObject([
    { Value: 'plain', Explanation: { Elsewhere: [{ Value: null, IsSensitive: true }] } },
  ])
})

it('nothing at rest holds one in clear', async () => {
  for (const table of ['variables', 'variable_snapshots', 'events', 'projects'])
    expect(JSON.stringify(await server.rows(`SELECT * FROM ${table}`)), table).not.toMatch(LEAKED)
})

it('ten thousand and one values, and circles, are told and change nothing', async () => {
  const path = `/api/variables/${library.VariableSetId}`
  const before = await server.json('GET', path)
  const many = Array.from({ length: 10_001 }, (_, index) => ({ Name: `V${index}` }))
  const refused = await server.json('PUT', path, { body: { Variables: many }, status: 400 })
  expect(JSON.stringify(refused)).toContain('a variable set may hold 10000 values')
  expect(await server.json('GET', path)).toEqual(before)

  await server.json('PUT', path, {
    body: {
      Variables: [
        { Name: 'A', Value: '#{B}' },
        { Name: 'B', Value: '#{A}' },
      ],
    },
  })
  const query = `project=${server.project.Id}&filter=A`
  const { Variables } = await server.json('GET', `/api/variables/preview?${query}`)
  const circle = Variables.find((each: { Name: string }) => each.Name === 'A')
  expect(circle.Problem).toContain('refers to itself')
})
