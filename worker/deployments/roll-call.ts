import type { Absent, Journalled } from '../../runner/protocol/messages.ts'
import { attemptNumber } from './execution-state.ts'
import type { LiveDeployment } from './live.ts'
import type { Session } from './surface.ts'

/** What a runner is to do with each attempt that its journal has, at the beginning of a session. */
export const reconcile = async (live: LiveDeployment, session: Session, attempts: Journalled[]) =>
  attempts.map(({ attempt, fence, state, reason }) => {
    if (!live.current) return { attempt, instruction: 'forget' as const, next: 0 }
    const reporter = { ...session, attempt: attemptNumber(attempt), fence }
    const answer = live.apply({ type: 'reconcile', ...reporter, state, reason })
    const told = answer.type === 'instruct' ? answer.instruction : 'forget'
    const isSafe = told === 'upload-rest' && live.storage.isSealed
    const instruction = isSafe ? ('forget' as const) : told
    return { attempt, instruction, next: live.log.next(attempt) }
  })

/** It was told to end these, and has. */
export const noteAbsent = async (
  live: LiveDeployment,
  session: Session,
  absent: Absent[],
): Promise<void> => {
  if (!live.current) return
  await live.ready()
  for (const { attempt, fence } of absent)
    live.apply({ type: 'absent', ...session, attempt: attemptNumber(attempt), fence })
}
