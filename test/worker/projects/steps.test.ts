import { afterAll, beforeAll, expect, it } from 'vitest'
import type { User } from '../../../worker/access/principal.ts'
import type { Context } from '../../../worker/http/call.ts'
import {
  addStep,
  deleteStep,
  editableSteps,
  moveStep,
  replaceStep,
} from '../../../worker/projects/step-commands.ts'
import { type Shop, scriptStep, shop } from './shop.ts'

let server: Shop
let context: Context
beforeAll(async () => {
  server = await shop()
  const roleId = 'userroles-systemadministrator'
  const principal: User = {
    kind: 'user',
    id: 'Users-1',
    username: 'ada',
    displayName: 'Ada',
    email: '',
    isService: false,
    grants: [{ roleId, spaceId: null, projectIds: [], environmentIds: [] }],
    establishedWith: 'Session',
  }
  const { env, db } = server
  const origin = { userAgent: '', address: '' }
  context = { env, db, principal, origin, now: 1, defer: () => undefined }
})
afterAll(() => server.stop())

const names = async () =>
  (await editableSteps(context, server.project.Id)).steps.map(step => step.Name)

it('adds, changes, moves and deletes single steps', async () => {
  const [a, b, c] = [
    await addStep(context, 'Spaces-1', 'shop', scriptStep('A')),
    await addStep(context, 'Spaces-1', 'shop', scriptStep('B')),
    await addStep(context, 'Spaces-1', 'shop', scriptStep('C')),
  ]
  await moveStep(context, 'Spaces-1', 'shop', c.Id, -2)
  expect(await names()).toEqual(['C', 'A', 'B'])
  await moveStep(context, 'Spaces-1', 'shop', c.Id, -1)
  expect(await names()).toEqual(['C', 'A', 'B'])
  await moveStep(context, 'Spaces-1', 'shop', c.Id, 1)
  expect(await names()).toEqual(['A', 'C', 'B'])
  const changed = await replaceStep(context, 'Spaces-1', 'shop', b.Id, { ...b, Name: 'Better' })
  expect(changed.Id).toBe(b.Id)
  await deleteStep(context, 'Spaces-1', 'shop', a.Id)
  expect(await names()).toEqual(['C', 'Better'])
})

it('does not change a step that is gone, nor a process that moved on', async () => {
  const step = await addStep(context, 'Spaces-1', 'shop', scriptStep('Last'))
  const { version } = await editableSteps(context, server.project.Id)
  await addStep(context, 'Spaces-1', 'shop', scriptStep('After'))
  await expect(
    replaceStep(context, 'Spaces-1', 'shop', step.Id, step, { version }),
  ).rejects.toThrow('Someone else has changed the process of Shop')
  await expect(moveStep(context, 'Spaces-1', 'shop', 'nothing', 1)).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(deleteStep(context, 'Spaces-1', 'shop', 'nothing')).rejects.toMatchObject({
    code: 'not_found',
  })
})
