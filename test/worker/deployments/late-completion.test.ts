import { describe, expect, it } from 'vitest'
import type { LiveDeployment } from '../../../worker/deployments/live.ts'
import { RunnerDesk } from '../../../worker/deployments/runner-desk.ts'
import type { ProofWindow } from '../../../worker/runners/proof.ts'

const ATTEMPT = 'Deployments-1:1'
const SESSION = { runnerId: 'Runners-1', epoch: 1 }
const REPORT = {
  fence: 1,
  outcome: 'failed',
  exitCode: null,
  signal: null,
  reason: 'host-restarted',
  warnings: false,
  finalOffset: 0,
  sha256: '',
  outputs: null,
} as const

/** The session is an older runner's, which signs nothing. */
const NO_PROOFS = {} as ProofWindow

/** A deployment that has ended without knowing what became of its one attempt. */
const endedUnknowing = (lift: (attempt: string) => Promise<void>) =>
  new RunnerDesk(
    {
      current: { inputs: {}, execution: { status: 'Canceled' } },
      attempt: () => ({ number: 1, state: 'Unknown' }),
      ready: async () => {},
      apply: () => ({ type: 'done' }),
      hubs: () => ({ lift }),
      log: { next: () => 0 },
      storage: { isSealed: false },
      report: () => {},
    } as unknown as LiveDeployment,
    NO_PROOFS,
  )

describe('the end of an attempt, told after the deployment gave it up', () => {
  it('is answered once its target is free', async () => {
    const lifted: string[] = []
    const desk = endedUnknowing(async attempt => {
      lifted.push(attempt)
    })
    const answer = await desk.complete(SESSION, ATTEMPT, REPORT)
    expect(lifted).toEqual([ATTEMPT])
    expect(answer).toEqual({ type: 'answered', reply: { accepted: true, next: 0, sealed: true } })
  })

  it('is asked for again when the hub was lost before it freed the target', async () => {
    const desk = endedUnknowing(() => Promise.reject(new Error('the object was lost')))
    expect(await desk.complete(SESSION, ATTEMPT, REPORT)).toMatchObject({
      type: 'refused',
      refusal: { error: 'unavailable' },
    })
  })
})
