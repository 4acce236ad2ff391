import * as z from 'zod'
import type { Call } from '../http/call.ts'
import { notFound } from '../http/problem.ts'
import { nothing, type Route, route } from '../http/route.ts'
import { getTarget, type TargetRow } from '../infrastructure/target-store.ts'
import { environmentsWithin } from '../infrastructure/visibility.ts'
import { approveRunner, liftLock, rejectRunner, releaseRunner } from './commands.ts'
import { hubObject } from './object.ts'

const space = { area: 'space' } as const

const visibleTarget = async (call: Call): Promise<TargetRow> => {
  const row = await getTarget(call.db, call.space.id, call.params.id ?? '')
  const within = environmentsWithin(call.principal, 'MachineView', call.space.id)
  if (within && !row.environmentIds.some(id => within.includes(id))) throw notFound(row.id)
  return row
}

const lock = async (call: Call) => {
  const target = await visibleTarget(call)
  const held = await hubObject(call.env, call.space.id).lockOf(target.id)
  return {
    MachineId: target.id,
    IsHeld: held !== undefined,
    DeploymentId: held?.deployment ?? null,
    Description: held?.label ?? null,
    IsOutcomeUnknown: typeof held?.attempt === 'string',
  }
}

const deed =
  (carryOut: (call: Call, spaceId: string, id: string) => Promise<void>) => async (call: Call) => {
    await carryOut(call, call.space.id, call.params.id ?? '')
    return nothing()
  }

/** What people decide about runners and the targets they keep. */
export const stewardshipRoutes: Route[] = [
  route({
    ...space,
    method: 'POST',
    path: '/runners/{id}/approval',
    permission: 'MachineEdit',
    summary: 'Let a runner take the place of the one that has its name',
    handler: deed(approveRunner),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/runners/{id}/rejection',
    permission: 'MachineEdit',
    summary: 'Turn away a runner that waits for approval',
    handler: deed(rejectRunner),
  }),
  route({
    ...space,
    method: 'POST',
    path: '/runners/{id}/release',
    permission: 'MachineEdit',
    summary: 'Let a quarantined runner in again',
    handler: deed(releaseRunner),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machines/{id}/lock',
    permission: 'MachineView',
    summary: 'Who works on a target, or whose unknown outcome keeps it',
    handler: lock,
  }),
  route({
    ...space,
    method: 'POST',
    path: '/machines/{id}/lock/release',
    permission: 'MachineEdit',
    schema: z.object({ Reason: z.string().trim().min(1).max(1_000) }),
    summary: 'Free a target that an unknown outcome keeps; the record says who did and why',
    handler: async call => {
      await liftLock(call, await visibleTarget(call), call.body.Reason)
      return nothing()
    },
  }),
]
