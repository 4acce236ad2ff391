import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import { enrolmentReply, enrolmentRequest } from '../../../runner/protocol/enrolment.ts'
import {
  claimRequest,
  completeReply,
  completeRequest,
  grant,
  logReply,
  nonceReply,
  pollReply,
  pollRequest,
  sessionReply,
  sessionRequest,
} from '../../../runner/protocol/messages.ts'

const ATTEMPT = 'Deployments-1:1'
const SHA = 'a'.repeat(64)
const facts = {
  hostname: 'web-1',
  os: 'Linux',
  arch: 'x64',
  runnerVersion: '0.1.0',
  protocolVersion: 1,
  runtime: 'node 20',
  bootId: 'boot',
  shells: ['bash'],
}

/** Every message as the first version sent it: what came later is missing. */
const FIRST: [string, ZodType, Record<string, unknown>][] = [
  ['enrolment', enrolmentRequest, { token: 't', publicKey: 'A'.repeat(43), facts }],
  [
    'enrolment reply',
    enrolmentReply,
    { runnerId: 'Runners-1', spaceId: 'Spaces-1', name: 'web-1' },
  ],
  ['nonce', nonceReply, { nonce: 'n' }],
  ['session', sessionRequest, { nonce: 'n', signature: 'A'.repeat(86), facts, attempts: [] }],
  ['session reply', sessionReply, { session: 's', epoch: 1, ttlMs: 600_000, attempts: [] }],
  ['poll', pollRequest, { waitMs: 0, accepted: [], handled: [] }],
  ['poll reply', pollReply, { offers: [], controls: [] }],
  ['claim', claimRequest, { fence: 1 }],
  [
    'grant',
    grant,
    {
      attempt: ATTEMPT,
      fence: 1,
      ttlMs: 60_000,
      logIntervalMs: 1_000,
      outputsKey: 'k',
      actionType: 'Octopus.Script',
      stepName: 'Hello',
      properties: {},
      variables: [],
      packages: [],
      timeoutMs: 0,
      cancelGraceMs: 10_000,
    },
  ],
  ['log reply', logReply, { next: 0, ttlMs: 60_000, intervalMs: 1_000 }],
  [
    'completion',
    completeRequest,
    {
      fence: 1,
      outcome: 'succeeded',
      exitCode: 0,
      signal: null,
      reason: null,
      finalOffset: 0,
      sha256: SHA,
      warnings: false,
      outputs: null,
    },
  ],
  ['completion reply', completeReply, { accepted: true, next: 0, sealed: false }],
]

describe('runners and servers of other versions', () => {
  it.each(FIRST)('are understood without what came later: %s', (_name, schema, message) => {
    expect(schema.parse(message)).toEqual(message)
  })

  it.each(FIRST)('are understood with what comes later still: %s', (_name, schema, message) => {
    expect(schema.parse({ ...message, inTenYears: { deep: [1] }, other: null })).toEqual(message)
  })

  it('may use words that are not known yet', () => {
    const cancel = { id: 'c', type: 'cancel', attempt: ATTEMPT, reason: 'Ada' }
    expect(
      pollReply.parse({ offers: [], controls: [{ id: 'x', type: 'dance' }, cancel, 7] }),
    ).toEqual({ offers: [], controls: [cancel] })
    const attempts = [{ attempt: ATTEMPT, instruction: 'hibernate', next: 0 }]
    expect(
      sessionReply.parse({ session: 's', epoch: 1, ttlMs: 600_000, attempts }).attempts,
    ).toEqual([{ attempt: ATTEMPT, instruction: 'continue', next: 0 }])
  })
})
