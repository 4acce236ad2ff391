import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openKeyring, seal } from '../../../worker/access/envelope.ts'
import { commit } from '../../../worker/database/client.ts'
import { snapshotProcess } from '../../../worker/projects/snapshot.ts'
import { openSnapshot, snapshotVariables } from '../../../worker/variables/snapshot.ts'
import type { Answer } from '../../support/server.ts'
import { type Shop, scriptStep, shop } from '../projects/shop.ts'

let server: Shop
let library: Answer
const canary = 'canary-frozen-3c'

const save = (setId: string, variables: unknown[]): Promise<Answer> =>
  server.json('PUT', `/api/variables/${setId}`, { body: { Variables: variables } })

const freeze = async () => {
  const snapshot = await snapshotVariables(server.db, server.project.Id, 1)
  await commit(server.db, snapshot.writes)
  return snapshot
}

beforeAll(async () => {
  server = await shop()
  library = await server.json('POST', '/api/libraryvariablesets', { body: { Name: 'Mail' } })
  await server.json('PUT', `/api/projects/${server.project.Id}`, {
    body: { ...server.project, IncludedLibraryVariableSetIds: [library.Id] },
  })
  await save(library.VariableSetId, [{ Name: 'Mail.Host', Value: 'mx' }])
  await save(server.project.VariableSetId, [
    { Name: 'Password', Value: canary, IsSensitive: true },
    { Name: 'Url', Value: 'x', Scope: { Environment: [server.staging], Role: ['web'] } },
  ])
})
afterAll(() => server.stop())

describe('frozen variables', () => {
  it('are opened as they were, library sets last, secrets in clear', async () => {
    const { id, libraryIds } = await freeze()
    expect(id).toMatch(/^variableset-Projects-1-s-\d+-[0-9A-F]{10}$/)
    expect(libraryIds).toHaveLength(1)
    expect(await openSnapshot(server.env, server.db, id)).toEqual([
      {
        id: expect.any(String),
        name: 'Password',
        value: canary,
        isSensitive: true,
        type: 'Sensitive',
        scope: {},
        source: 'project',
        setId: server.project.VariableSetId,
      },
      expect.objectContaining({
        name: 'Url',
        scope: { environment: ['Environments-1'], role: ['web'] },
      }),
      expect.objectContaining({
        name: 'Mail.Host',
        source: 'library',
        setId: library.VariableSetId,
      }),
    ])
  })

  it('cost nothing while nothing changes, and stay when something does', async () => {
    const first = await freeze()
    expect(await snapshotVariables(server.db, server.project.Id, 2)).toMatchObject({
      id: first.id,
      writes: [],
    })
    await save(library.VariableSetId, [{ Name: 'Mail.Host', Value: 'mx2' }])
    const second = await freeze()
    expect(second.id).not.toBe(first.id)
    expect(second.libraryIds).not.toEqual(first.libraryIds)
    const hosts = await Promise.all(
      [first, second].map(
        async ({ id }) => (await openSnapshot(server.env, server.db, id)).at(-1)?.value,
      ),
    )
    expect(hosts).toEqual(['mx', 'mx2'])
  })

  it('are made once by many at the same time', async () => {
    await save(library.VariableSetId, [{ Name: 'Mail.Host', Value: 'mx3' }])
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await freeze()).id))
    expect(new Set(ids).size).toBe(1)
  })

  it('hold no secret at rest, nor show one', async () => {
    const { id } = await freeze()
    const answer = await server.json('GET', `/api/variables/${id}`)
    expect(answer).toMatchObject({
      Id: id,
      Variables: [
        { Name: 'Password', Value: null, IsSensitive: true },
        { Name: 'Url', Value: 'x' },
      ],
    })
    const dump = JSON.stringify(await server.rows('SELECT * FROM variable_snapshots'))
    expect(dump).not.toContain(canary)
  })

  it('do not open a secret that was moved to another variable', async () => {
    const { id } = await freeze()
    await server.rows(
      `UPDATE variable_snapshots SET document = json_set(document, '$.variables[0].id', 'other') WHERE id = ?`,
      id,
    )
    await expect(openSnapshot(server.env, server.db, id)).rejects.toThrow()
  })

  it('do not open an old secret that was put back in place of a newer one', async () => {
    const value = async (setId: string) =>
      (
        await server.rows('SELECT * FROM variables WHERE set_id = ? AND name = ?', setId, 'Token')
      )[0]
    const { VariableSetId: setId } = library
    const first = await save(setId, [{ Name: 'Token', Value: 'canary-first', IsSensitive: true }])
    const old = await value(setId)
    await save(setId, [{ ...first.Variables[0], Value: 'canary-second' }])
    expect(await value(setId)).toMatchObject({ value_version: 2 })
    await server.rows(
      'UPDATE variables SET value = ? WHERE id = ?',
      String(old?.value),
      String(old?.id),
    )
    const { id } = await freeze()
    await expect(openSnapshot(server.env, server.db, id)).rejects.toThrow()
    await save(setId, [{ Name: 'Mail.Host', Value: 'mx' }])
  })

  it('open what was sealed before secrets were counted', async () => {
    const keyring = await openKeyring(server.env, server.db, 'Spaces-1')
    const saved = await save(library.VariableSetId, [
      { Name: 'Token', Value: 'canary-counted', IsSensitive: true },
    ])
    const { Id } = saved.Variables[0]
    await server.rows(
      'UPDATE variables SET value = ?, value_version = 0 WHERE id = ?',
      await seal(keyring, `variables|${Id}|value`, 'canary-before'),
      Id,
    )
    const opened = await openSnapshot(server.env, server.db, (await freeze()).id)
    expect(opened.find(({ name }) => name === 'Token')?.value).toBe('canary-before')
    await save(library.VariableSetId, [{ Name: 'Mail.Host', Value: 'mx' }])
  })

  it('cannot be changed, and are not found where there are none', async () => {
    const id = `${server.project.VariableSetId}-s-99-ABC`
    await server.json('PUT', `/api/variables/${id}`, { body: { Variables: [] }, status: 400 })
    await server.json('GET', `/api/variables/${id}`, { status: 404 })
    await expect(openSnapshot(server.env, server.db, id)).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('a frozen process', () => {
  const target = () => ({ id: server.project.Id, spaceId: 'Spaces-1' })

  it('is the same until the process changes, and then stays as it was', async () => {
    await server.saveSteps(scriptStep('Deploy web'))
    const first = await snapshotProcess(server.db, target(), 1)
    await commit(server.db, first.writes)
    const again = await snapshotProcess(server.db, target(), 2)
    await commit(server.db, again.writes)
    expect(again.id).toBe(first.id)
    expect(first.steps.map(step => step.name)).toEqual(['Deploy web'])

    await server.saveSteps(scriptStep('Other'))
    expect((await snapshotProcess(server.db, target(), 3)).id).not.toBe(first.id)
    const read = await server.json('GET', `/api/deploymentprocesses/${first.id}`)
    expect(read).toMatchObject({ Id: first.id, Steps: [{ Name: 'Deploy web' }] })
    await server.json('PUT', `/api/deploymentprocesses/${first.id}`, { body: read, status: 400 })
  })
})
