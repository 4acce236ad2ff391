import { links } from '../../ui/links.ts'
import { action, type PageCall, seeOther } from '../http/page.tsx'
import { invalid, notFound } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { getTarget, type TargetRow } from '../infrastructure/target-store.ts'
import { environmentsWithin } from '../infrastructure/visibility.ts'
import { approveRunner, liftLock, rejectRunner, releaseRunner } from './commands.ts'

const visibleTarget = async (call: PageCall): Promise<TargetRow> => {
  const row = await getTarget(call.db, call.space.id, call.params.id ?? '')
  const within = environmentsWithin(call.principal, 'MachineView', call.space.id)
  if (within && !row.environmentIds.some(id => within.includes(id))) throw notFound(row.id)
  return row
}

const DEEDS = {
  approval: { carryOut: approveRunner, said: 'The new runner took its place.' },
  rejection: { carryOut: rejectRunner, said: 'The runner was turned away.' },
  release: { carryOut: releaseRunner, said: 'The runner is let in again.' },
}

const decide = async (call: PageCall) => {
  const target = await visibleTarget(call)
  const name = call.form.text('deed')
  const deed = Object.hasOwn(DEEDS, name) ? DEEDS[name as keyof typeof DEEDS] : undefined
  if (!deed) throw invalid('Choose what is to be done about the runner.')
  await deed.carryOut(call, call.space.id, call.form.text('runner'))
  return seeOther(links.target(target.id), { kind: 'success', message: deed.said })
}

const free = async (call: PageCall) => {
  const target = await visibleTarget(call)
  const reason = call.form.text('reason').trim().slice(0, 1_000)
  if (reason === '') throw invalid('Say why the target may be used again: the record keeps it.')
  await liftLock(call, target, reason)
  return seeOther(links.target(target.id), {
    kind: 'success',
    message: `${target.name} is free.`,
  })
}

/** What people decide on a target's page. */
export const runnerPages: Route[] = [
  action({
    path: '/infrastructure/targets/{id}/runner',
    permission: 'MachineEdit',
    handler: decide,
  }),
  action({ path: '/infrastructure/targets/{id}/lock', permission: 'MachineEdit', handler: free }),
]
