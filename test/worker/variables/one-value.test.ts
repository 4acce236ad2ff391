import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { User } from '../../../worker/access/principal.ts'
import type { Context } from '../../../worker/http/call.ts'
import { parse } from '../../../worker/http/input.ts'
import { getSet } from '../../../worker/variables/store.ts'
import {
  addVariable,
  deleteVariable,
  editVariable,
} from '../../../worker/variables/value-commands.ts'
import { listValues } from '../../../worker/variables/value-store.ts'
import { variableInput } from '../../../worker/variables/variable.ts'
import { type Shop, shop } from '../projects/shop.ts'

let server: Shop
let context: Context
let setId: string
beforeAll(async () => {
  server = await shop()
  setId = server.project.VariableSetId
  const grant = {
    roleId: 'userroles-systemadministrator',
    spaceId: null,
    projectIds: [],
    environmentIds: [],
  }
  const principal: User = {
    kind: 'user',
    id: 'Users-1',
    username: 'ada',
    displayName: 'Ada',
    email: '',
    isService: false,
    grants: [grant],
    establishedWith: 'Session',
  }
  const { env, db } = server
  const origin = { userAgent: '', address: '' }
  context = { env, db, principal, origin, now: 1, defer: () => undefined }
})
afterAll(() => server.stop())
beforeEach(async () => {
  await server.json('PUT', `/api/variables/${setId}`, { body: { Variables: [] } })
})

const input = (value: object) => parse(variableInput, value)
const add = (value: object) => addVariable(context, 'Spaces-1', setId, input(value))
const all = async () =>
  (await listValues(server.db, setId, { skip: 0, take: 100 })).rows.map(
    ({ name, value }) => `${name}=${value}`,
  )

describe('one value', () => {
  it('is added, changed and deleted, each time raising the version', async () => {
    const { version } = await getSet(server.db, 'Spaces-1', setId)
    const row = await add({ Name: 'Url', Value: 'a' })
    await add({ Name: 'Other', Value: 'b' })
    await editVariable(context, 'Spaces-1', setId, row.id, input({ Name: 'Url', Value: 'c' }))
    expect(await all()).toEqual(['Other=b', 'Url=c'])
    await deleteVariable(context, 'Spaces-1', setId, row.id)
    expect(await all()).toEqual(['Other=b'])
    expect((await getSet(server.db, 'Spaces-1', setId)).version).toBe(version + 4)
  })

  it('keeps its secret while the form leaves it empty', async () => {
    const row = await add({ Name: 'Password', Value: 'canary-1234', IsSensitive: true })
    const edited = await editVariable(
      context,
      'Spaces-1',
      setId,
      row.id,
      input({ Name: 'Password', Value: null, IsSensitive: true, Description: 'of the shop' }),
    )
    expect(edited).toMatchObject({ value: row.value, description: 'of the shop' })
  })

  it('is refused when the variable has one for the same places', async () => {
    await add({ Name: 'Url', Value: 'a' })
    await expect(add({ Name: 'URL', Value: 'b' })).rejects.toThrow(
      'URL has two values with the same scope. Remove one of them, or scope them differently.',
    )
  })

  it('is refused when somebody has changed it since the form was shown', async () => {
    const row = await add({ Name: 'Url', Value: 'a' })
    const change = (Value: string, revision?: number) =>
      editVariable(context, 'Spaces-1', setId, row.id, input({ Name: 'Url', Value }), { revision })
    await change('b', 0)
    await expect(change('c', 0)).rejects.toThrow(
      'Someone else has changed this value of Url since you opened it.',
    )
    await expect(
      deleteVariable(context, 'Spaces-1', setId, row.id, { revision: 0 }),
    ).rejects.toMatchObject({ code: 'conflict' })
    expect(await all()).toEqual(['Url=b'])
    expect(await change('c', 1)).toMatchObject({ revision: 2 })
  })

  it('is saved although others changed the rest of the set since the form was shown', async () => {
    const row = await add({ Name: 'Url', Value: 'a' })
    await add({ Name: 'Other', Value: 'b' })
    await editVariable(context, 'Spaces-1', setId, row.id, input({ Name: 'Url', Value: 'c' }), {
      revision: 0,
    })
    expect(await all()).toEqual(['Other=b', 'Url=c'])
  })

  it('is not doubled by two who add it at once', async () => {
    const made = await Promise.allSettled(['a', 'b', 'c'].map(Value => add({ Name: 'Url', Value })))
    expect(made.filter(each => each.status === 'fulfilled')).toHaveLength(1)
    expect(await all()).toHaveLength(1)
  })

  it.each([
    ['edited', (id: string) => editVariable(context, 'Spaces-1', setId, id, input({ Name: 'A' }))],
    ['deleted', (id: string) => deleteVariable(context, 'Spaces-1', setId, id)],
  ])('that is not there cannot be %s', async (_deed, change) => {
    await expect(change('nothing')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is not lost when several are added at once', async () => {
    const names = ['A', 'B', 'C']
    await Promise.all(names.map(Name => add({ Name, Value: 'x' })))
    expect(await all()).toEqual(['A=x', 'B=x', 'C=x'])
  })
})

it('reads a set page by page, by name', async () => {
  const variables = Array.from({ length: 25 }, (_, index) => ({
    Name: `V${String(index).padStart(2, '0')}`,
    Value: index % 5 === 0 ? 'five' : '',
  }))
  await server.json('PUT', `/api/variables/${setId}`, { body: { Variables: variables } })
  const read = (skip: number, filter?: string) =>
    listValues(server.db, setId, { skip, take: 10 }, { text: filter })
  const last = await read(20)
  expect(last.total).toBe(25)
  expect(last.rows.map(row => row.name)).toEqual(['V20', 'V21', 'V22', 'V23', 'V24'])
  expect(await read(0, 'FIVE')).toMatchObject({ total: 5 })
  expect(await read(0, 'v1')).toMatchObject({ total: 10 })
  expect(await read(0, "%'; --")).toMatchObject({ total: 0, rows: [] })
})

it('holds ten thousand values, written and read whole', async () => {
  const variables = Array.from({ length: 10_000 }, (_, index) => ({
    Name: `Setting.${index % 2_500}`,
    Value: `value ${index}`,
    Scope: { Role: [`tag-${Math.floor(index / 2_500)}`] },
  }))
  const saved = await server.json('PUT', `/api/variables/${setId}`, {
    body: { Variables: variables },
  })
  expect(saved.Variables).toHaveLength(10_000)
  expect(saved.Variables[9_999]).toMatchObject({
    Name: 'Setting.2499',
    Value: 'value 9999',
    Scope: { Role: ['tag-3'] },
  })
  const query = `project=shop&role=tag-2&take=1&skip=5`
  const answer = await server.json('GET', `/api/variables/preview?${query}`)
  expect(answer).toMatchObject({ TotalResults: 2_500, Variables: [{ Value: expect.any(String) }] })
})
