import { attemptNumber, isActive } from './execution-state.ts'
import type { LiveDeployment } from './live.ts'
import { grantFor } from './manifest.ts'
import { refused, refusedBy, UNKNOWN } from './refused.ts'
import type { Refused, RunnerSurface, Session } from './surface.ts'
import { placeName } from './whereabouts.ts'

type Reply<Message extends keyof RunnerSurface> = ReturnType<RunnerSurface[Message]>

/** What a running attempt is called, for what it hands in; renews its lease. */
export const findStep = async (
  live: LiveDeployment,
  session: Session,
  { attempt, fence }: { attempt: string; fence: number },
): Promise<Awaited<Reply<'findStep'>>> => {
  const number = attemptNumber(attempt)
  const found = live.attempt(number)
  if (!live.current || !found) return UNKNOWN
  const answer = live.apply({ type: 'renew', ...session, attempt: number, fence })
  if (answer.type === 'refused') return refusedBy(answer)
  const { plan } = live.current.execution
  const stepName = plan.steps[found.step]?.name ?? ''
  return { type: 'found', stepName, placeName: placeName(plan, found) }
}

/** Only what the attempt was granted, while it runs. */
export const findPackage = async (
  live: LiveDeployment,
  { runnerId }: Session,
  wanted: { attempt: string; sha256: string },
): Promise<Awaited<Reply<'findPackage'>>> => {
  const { current, manifests } = live
  const attempt = live.attempt(attemptNumber(wanted.attempt))
  if (!current || attempt?.runnerId !== runnerId || !isActive(attempt) || !attempt.claimedAt)
    return refused('gone', 'This attempt is not known, or it has ended.')
  try {
    const manifest = await manifests.get(current.inputs, current.execution)
    const keys = { outputsKey: '', logIntervalMs: 0 }
    const { packages } = grantFor(manifest, current.execution, attempt, keys)
    const found = packages.find(({ sha256 }) => sha256 === wanted.sha256)
    if (!found) return refused('forbidden', 'The grant of this attempt does not name this package.')
    return { type: 'found', sizeBytes: found.sizeBytes }
  } catch (error) {
    return unavailable(live, error)
  }
}

export const unavailable = (live: LiveDeployment, error: unknown): Refused => {
  live.report(error)
  return refused('unavailable', 'The server cannot answer this now. Try again.')
}
