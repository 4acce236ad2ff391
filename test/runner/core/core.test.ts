import { describe, expect, it } from 'vitest'
import { wakeAt } from '../../../runner/core/advance.ts'
import { step } from '../../../runner/core/core.ts'
import type { Effect, Event, Failure } from '../../../runner/core/events.ts'
import { failed } from '../../../runner/core/retry.ts'
import { initialState, noRetry, type State } from '../../../runner/core/state.ts'
import type { Result } from '../../../runner/result.ts'

const A = 'Deployments-1:1'
const SUPERVISOR = { pid: 42, startTime: '7', bootId: 'boot' }
const RESULT: Result = {
  outcome: 'succeeded',
  exitCode: 0,
  signal: null,
  reason: null,
  finalOffset: 100,
  sha256: 'f'.repeat(64),
  warnings: false,
  outputs: null,
}

/** Plays events one after the other and remembers what they led to. */
class Play {
  state: State = initialState()
  now = 1_000
  effects: Effect[] = []

  tell(event: Event): this {
    const { state, effects } = step(this.state, event, { now: this.now, random: 0.5 })
    this.state = state
    this.effects = effects
    return this
  }

  wait(ms: number): this {
    this.now += ms
    return this.tell({ type: 'woken' })
  }

  get types(): string[] {
    return this.effects.map(({ type }) => type)
  }

  opened(attempts: Extract<Event, { type: 'session-opened' }>['reply']['attempts'] = []): this {
    return this.tell({
      type: 'session-opened',
      sentAt: this.now,
      reply: { session: 's', epoch: 1, ttlMs: 600_000, attempts },
    })
  }

  offered(fence = 3): this {
    return this.tell({
      type: 'poll-answered',
      handled: [],
      reply: { offers: [{ attempt: A, fence, planHash: 'h', ttlMs: 20_000 }], controls: [] },
    })
  }

  granted(): this {
    return this.tell({
      type: 'granted',
      attempt: A,
      sentAt: this.now,
      ttlMs: 60_000,
      logIntervalMs: 1_000,
      needsPackages: false,
    })
  }

  running(): this {
    return this.tell({ type: 'booted', attempts: [] })
      .opened()
      .offered()
      .tell({ type: 'prepared', attempt: A, supervisor: SUPERVISOR })
      .granted()
      .tell({ type: 'launched', attempt: A })
  }

  logged(next: number, cancel = false): this {
    const reply = { next, ttlMs: 60_000, intervalMs: 1_000, ...(cancel && { cancel }) }
    return this.tell({ type: 'log-answered', attempt: A, sentAt: this.now, reply })
  }
}

describe('the core of a runner', () => {
  it('takes another supervisor when one goes away before anything was started', () => {
    const play = new Play().opened().offered()
    play.tell({ type: 'prepared', attempt: A, supervisor: SUPERVISOR })
    play.tell({ type: 'supervisor-gone', attempt: A })
    expect(play.effects).toEqual([{ type: 'prepare', attempt: A }])
    play.granted()
    expect(play.types).not.toContain('launch')
    play.tell({ type: 'prepared', attempt: A, supervisor: { ...SUPERVISOR, pid: 43 } })
    expect(play.types).toContain('launch')
    play.tell({ type: 'supervisor-gone', attempt: A })
    expect(play.effects).toEqual([])
  })

  it('opens a session before anything else, then holds one poll', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] })
    expect(play.effects).toEqual([{ type: 'open-session', attempts: [] }])
    expect(play.wait(1).effects).toEqual([])
    expect(play.opened().effects).toEqual([{ type: 'poll', accepted: [], handled: [] }])
    expect(play.wait(10_000).effects).toEqual([])
  })

  it('journals an offer before it claims it, and a start before it launches', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    expect(play.types).toEqual(['journal', 'prepare', 'claim', 'poll'])
    expect(play.effects[0]).toEqual({
      type: 'journal',
      entry: { type: 'accepted', attempt: A, fence: 3 },
    })
    expect(play.effects[3]).toEqual({ type: 'poll', accepted: [A], handled: [] })
    expect(play.granted().types).toEqual([])
    play.tell({ type: 'prepared', attempt: A, supervisor: SUPERVISOR })
    expect(play.effects).toEqual([
      { type: 'journal', entry: { type: 'starting', attempt: A, supervisor: SUPERVISOR } },
      { type: 'launch', attempt: A },
    ])
  })

  it('takes a repeated offer and a repeated grant for one', () => {
    const play = new Play().running()
    expect(play.offered().types).toEqual(['poll'])
    expect(play.granted().types).toEqual([])
  })

  it('claims again when the answer took longer than the lease', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    const sentAt = play.now
    play.now += 60_000
    play.tell({
      type: 'granted',
      attempt: A,
      sentAt,
      ttlMs: 60_000,
      logIntervalMs: 1_000,
      needsPackages: false,
    })
    expect(play.types).toEqual(['claim'])
  })

  it('forgets an attempt whose claim is refused', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    const failure = { kind: 'refused', error: 'stale' } as const
    play.tell({ type: 'claim-failed', attempt: A, epoch: 1, failure })
    expect(play.types).toEqual(['journal', 'forget'])
    expect(play.state.attempts).toEqual({})
  })

  it('never claims an attempt that may have run', () => {
    const attempts = [
      { attempt: A, fence: 3, phase: 'running', supervisor: SUPERVISOR, spooled: 10 } as const,
    ]
    const play = new Play().tell({ type: 'booted', attempts })
    expect(play.types).toEqual(['adopt', 'open-session'])
    expect(play.opened([{ attempt: A, instruction: 'continue', next: 4 }]).effects).toContainEqual({
      type: 'upload',
      attempt: A,
      fence: 3,
      offset: 4,
      limit: 6,
    })
  })

  it('sends first bytes at once, further ones at the given beat, and a full chunk at any time', () => {
    const play = new Play().running().tell({ type: 'spooled', attempt: A, bytes: 10 })
    expect(play.types).toEqual([])
    expect(wakeAt(play.state)).toBe(play.now + 15)
    expect(play.wait(15).effects).toEqual([
      { type: 'upload', attempt: A, fence: 3, offset: 0, limit: 10 },
    ])
    play.logged(10).tell({ type: 'spooled', attempt: A, bytes: 20 })
    expect(play.wait(900).types).toEqual([])
    expect(play.wait(100).types).toEqual(['upload'])
    play.logged(20).tell({ type: 'spooled', attempt: A, bytes: 3_000_000 })
    expect(play.effects).toMatchObject([{ type: 'upload', offset: 20, limit: 1_048_576 }])
  })

  it('renews the lease of a silent step at a third of its time', () => {
    const play = new Play().running()
    expect(play.wait(19_999).types).toEqual([])
    expect(play.wait(1).effects).toEqual([
      { type: 'upload', attempt: A, fence: 3, offset: 0, limit: 0 },
    ])
  })

  it('sends from where the server is when bytes are missing there', () => {
    const play = new Play().running().tell({ type: 'spooled', attempt: A, bytes: 50 }).wait(15)
    play.logged(50).tell({ type: 'spooled', attempt: A, bytes: 80 }).wait(1_000)
    const failure = { kind: 'refused', error: 'gap', next: 20 } as const
    play.tell({ type: 'log-failed', attempt: A, epoch: 1, failure })
    expect(play.effects).toMatchObject([{ type: 'upload', offset: 20, limit: 60 }])
  })

  it('completes with the rest of the log, and forgets once it is sealed', () => {
    const play = new Play().running().tell({ type: 'spooled', attempt: A, bytes: 100 })
    play.tell({ type: 'ended', attempt: A, result: RESULT })
    expect(play.effects).toEqual([
      { type: 'complete', attempt: A, fence: 3, from: 0, result: RESULT },
    ])
    const reply = { accepted: true, next: 100, sealed: false }
    expect(play.tell({ type: 'complete-answered', attempt: A, reply }).effects).toEqual([
      { type: 'journal', entry: { type: 'settled', attempt: A } },
    ])
    play.tell({
      type: 'poll-answered',
      handled: [],
      reply: { offers: [], controls: [{ id: 'c', type: 'sealed', attempt: A }] },
    })
    expect(play.types).toEqual(['journal', 'forget', 'poll'])
    expect(play.effects[2]).toMatchObject({ handled: ['c'] })
  })

  it('forgets what was sealed before the answer to its completion came', () => {
    const play = new Play().running().tell({ type: 'spooled', attempt: A, bytes: 100 })
    play.tell({ type: 'ended', attempt: A, result: RESULT })
    play.tell({
      type: 'poll-answered',
      handled: [],
      reply: { offers: [], controls: [{ id: 'c', type: 'sealed', attempt: A }] },
    })
    expect(play.state.attempts[A]?.phase).toBe('finished')
    const reply = { accepted: true, next: 100, sealed: false }
    play.tell({ type: 'complete-answered', attempt: A, reply })
    expect(play.types).toEqual(['journal', 'forget'])
    expect(play.state.attempts).toEqual({})
  })

  it('promises nothing that it could not write down, and takes no work until it can', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    play.tell({ type: 'journal-failed', attempt: A, reason: 'the disk is full' })
    expect(play.state.attempts).toEqual({})
    expect(play.offered().effects).toMatchObject([
      { type: 'poll', accepted: [], report: { problem: 'the disk is full' } },
    ])
    play.tell({ type: 'inspected', report: { warnings: [] } })
    expect(play.offered().types).toEqual(['journal', 'prepare', 'claim', 'poll'])
  })

  it('ends a step as failed whose start could not be written down', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered().granted()
    play.tell({ type: 'prepared', attempt: A, supervisor: SUPERVISOR })
    play.tell({ type: 'journal-failed', attempt: A, reason: 'the disk is full' })
    expect(play.effects).toMatchObject([
      { type: 'complete', result: { outcome: 'failed', reason: 'the disk is full' } },
    ])
  })

  it('forgets what waits for its seal when that has taken too long, and nothing else', () => {
    const play = new Play().running()
    expect(play.tell({ type: 'expired', attempt: A }).types).toEqual([])
    play.tell({ type: 'ended', attempt: A, result: RESULT })
    const reply = { accepted: true, next: 100, sealed: false }
    play.tell({ type: 'complete-answered', attempt: A, reply })
    expect(play.tell({ type: 'expired', attempt: A }).types).toEqual(['journal', 'forget'])
  })

  it('hands in what the step left before it tells of its end, and leaves out what is not taken', () => {
    const artifacts = ['a.txt', 'b.txt', 'c.txt'].map((name, at) => ({
      name,
      sizeBytes: 1,
      sha256: `${at}`.repeat(64),
    }))
    const [first, second, third] = artifacts
    const play = new Play().running()
    play.tell({ type: 'ended', attempt: A, result: { ...RESULT, artifacts } })
    expect(play.effects).toEqual([{ type: 'hand-in', attempt: A, fence: 3, artifact: first }])
    play.tell({ type: 'hand-in-answered', attempt: A, sentAt: play.now })
    expect(play.effects).toMatchObject([{ type: 'hand-in', artifact: second }])
    const failed = (failure: Failure): Event => ({
      type: 'hand-in-failed',
      attempt: A,
      epoch: 1,
      failure,
    })
    expect(play.tell(failed({ kind: 'lost' })).types).toEqual([])
    expect(play.wait(500).effects).toMatchObject([{ type: 'hand-in', artifact: second }])
    play.tell(failed({ kind: 'refused', error: 'too_large' }))
    expect(play.effects).toMatchObject([{ type: 'hand-in', artifact: third }])
    play.tell({ type: 'hand-in-answered', attempt: A, sentAt: play.now })
    expect(play.effects).toMatchObject([
      { type: 'complete', result: { warnings: true, artifacts: [first, third] } },
    ])
  })

  it('uploads first what is too much for the completion', () => {
    const play = new Play().running()
    play.tell({ type: 'ended', attempt: A, result: { ...RESULT, finalOffset: 1_300_000 } })
    expect(play.effects).toMatchObject([{ type: 'upload', offset: 0, limit: 1_048_576 }])
    expect(play.logged(1_048_576).effects).toMatchObject([{ type: 'complete', from: 1_048_576 }])
  })

  it('cancels once, whoever asks and however often', () => {
    const play = new Play().running().wait(20_000).logged(0, true)
    expect(play.types).toEqual(['cancel'])
    const control = { id: 'c', type: 'cancel', attempt: A, reason: 'Ada' } as const
    play.tell({ type: 'poll-answered', handled: [], reply: { offers: [], controls: [control] } })
    expect(play.types).toEqual(['poll'])
  })

  it('does not start what was canceled before its start', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    const control = { id: 'c', type: 'cancel', attempt: A, reason: 'Ada' } as const
    play.tell({ type: 'poll-answered', handled: [], reply: { offers: [], controls: [control] } })
    play.tell({ type: 'prepared', attempt: A, supervisor: SUPERVISOR }).granted()
    expect(play.effects).toMatchObject([
      { type: 'complete', result: { outcome: 'canceled', reason: 'Ada', finalOffset: 0 } },
    ])
  })

  it.each([
    { instruction: 'kill', effects: ['kill'] },
    { instruction: 'forget', effects: ['kill'] },
    { instruction: 'continue', effects: [] },
  ] as const)(
    'does as the server says on reconnecting: $instruction',
    ({ instruction, effects }) => {
      const play = new Play().running()
      play.opened([{ attempt: A, instruction, next: 0 }])
      expect(play.types).toEqual(effects)
      if (effects.length === 0) return
      play.tell({ type: 'ended', attempt: A, result: RESULT })
      expect(play.types).toEqual(['journal', 'forget', 'report-absence'])
    },
  )

  describe('of which the server wanted an attempt ended', () => {
    const absent = [{ attempt: A, fence: 3 }]
    const ended = () => {
      const play = new Play().running()
      play.opened([{ attempt: A, instruction: 'kill', next: 0 }])
      return play.tell({ type: 'ended', attempt: A, result: RESULT })
    }
    const lost = { kind: 'lost' } as const

    it('tells at once that it has ended, beside the poll that is held', () => {
      const play = ended()
      expect(play.effects.at(-1)).toEqual({ type: 'report-absence', absent })
      expect(play.wait(60_000).types).toEqual([])
      expect(play.tell({ type: 'absence-answered', absent }).types).toEqual([])
      expect(play.state.absent).toEqual([])
    })

    it('tells it again until that is heard', () => {
      const play = ended().tell({ type: 'absence-failed', epoch: 1, failure: lost })
      expect(play.types).toEqual([])
      expect(wakeAt(play.state)).toBeLessThanOrEqual(play.now + 500)
      expect(play.wait(500).effects).toEqual([{ type: 'report-absence', absent }])
    })

    it('leaves it to the list that the next session begins with', () => {
      const play = ended().tell({ type: 'absence-failed', epoch: 1, failure: lost })
      play.opened()
      expect(play.wait(60_000).types).not.toContain('report-absence')
    })
  })

  describe('with a step that expects its host to restart', () => {
    const granted = (play: Play) =>
      play.tell({
        type: 'granted',
        attempt: A,
        sentAt: play.now,
        ttlMs: 60_000,
        logIntervalMs: 1_000,
        needsPackages: false,
        maximumReboots: 2,
      })
    const SUPERVISED = { type: 'prepared', attempt: A, supervisor: SUPERVISOR } as const

    it('writes down how often it may, before it starts', () => {
      const play = new Play().opened().offered().tell(SUPERVISED)
      expect(granted(play).effects).toEqual([
        {
          type: 'journal',
          entry: { type: 'starting', attempt: A, supervisor: SUPERVISOR, maximumReboots: 2 },
        },
        { type: 'launch', attempt: A },
      ])
    })

    it('keeps what it sends of the log', () => {
      const play = granted(new Play().opened().offered().tell(SUPERVISED))
      play.tell({ type: 'launched', attempt: A }).tell({ type: 'spooled', attempt: A, bytes: 9 })
      expect(play.wait(20).effects).toEqual([
        { type: 'upload', attempt: A, fence: 3, offset: 0, limit: 9, isBinding: true },
      ])
    })

    it('writes a restart down, claims again, and goes on with its log', () => {
      const found = { attempt: A, fence: 3, phase: 'accepted', spooled: 40, reboots: 1 } as const
      const play = new Play().tell({ type: 'booted', attempts: [{ ...found, isRestarted: true }] })
      expect(play.effects).toEqual([
        { type: 'journal', entry: { type: 'restarted', attempt: A } },
        { type: 'prepare', attempt: A },
        {
          type: 'open-session',
          attempts: [{ attempt: A, fence: 3, acknowledged: 0, state: 'accepted' }],
        },
      ])
      play.opened([{ attempt: A, instruction: 'continue', next: 30 }])
      expect(play.types).toContain('claim')
      granted(play)
      play.tell(SUPERVISED)
      expect(play.effects.filter(({ type }) => type === 'launch')).toEqual([
        { type: 'launch', attempt: A, logged: 40, reboots: 1 },
      ])
    })
  })

  it('settles what was said while packages were fetched, when it is canceled then', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    const grant = { sentAt: play.now, ttlMs: 60_000, logIntervalMs: 1_000, needsPackages: true }
    play.tell({ type: 'granted', attempt: A, ...grant })
    play.tell({ type: 'spooled', attempt: A, bytes: 30 }).logged(0, true)
    expect(play.effects).toContainEqual({
      type: 'abandon',
      attempt: A,
      outcome: 'canceled',
      reason: 'Canceled on the server',
    })
    play.tell({ type: 'acquired', attempt: A })
    expect(play.types).not.toContain('launch')
    play.tell({ type: 'ended', attempt: A, result: { ...RESULT, finalOffset: 30 } })
    expect(play.state.attempts[A]).toMatchObject({ phase: 'finished', spooled: 30 })
  })

  it('opens a new session when the old one is refused, and goes on with its attempts', () => {
    const play = new Play().running().tell({ type: 'spooled', attempt: A, bytes: 10 }).wait(15)
    const failure = { kind: 'refused', error: 'unauthenticated' } as const
    play.tell({ type: 'log-failed', attempt: A, epoch: 1, failure })
    expect(play.effects).toEqual([
      {
        type: 'open-session',
        attempts: [{ attempt: A, fence: 3, acknowledged: 0, state: 'running' }],
      },
    ])
    play.opened([{ attempt: A, instruction: 'continue', next: 0 }])
    expect(play.types).toContain('upload')
  })

  it('asks anew, instead of ending a step, when the server does not know it', () => {
    const play = new Play().running()
    const failure = { kind: 'refused', error: 'gone' } as const
    for (let refusal = 0; refusal < 2; refusal++) {
      play.wait(20_000).tell({ type: 'log-failed', attempt: A, epoch: 1, failure })
      expect(play.types).toEqual(['open-session'])
      play.opened([{ attempt: A, instruction: 'continue', next: 0 }])
    }
    play.wait(20_000).tell({ type: 'log-failed', attempt: A, epoch: 1, failure })
    expect(play.types).toEqual(['kill'])
  })

  it('takes no notice of a refusal that an ended session was given', () => {
    const play = new Play().running()
    const failure = { kind: 'refused', error: 'stale' } as const
    play.wait(20_000).tell({ type: 'log-failed', attempt: A, epoch: 0, failure })
    expect(play.types).toEqual([])
    expect(play.wait(500).types).toEqual(['upload'])
  })

  it('renews its session a minute before it ends, with no poll held meanwhile', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened()
    expect(play.wait(540_000).types).toEqual([])
    play.tell({ type: 'poll-answered', handled: [], reply: { offers: [], controls: [] } })
    expect(play.types).toEqual(['open-session'])
    expect(play.opened().types).toEqual(['poll'])
  })

  it('fetches packages before it starts, and gives up in the end', () => {
    const play = new Play().tell({ type: 'booted', attempts: [] }).opened().offered()
    play.tell({ type: 'prepared', attempt: A, supervisor: SUPERVISOR })
    const grant = { sentAt: play.now, ttlMs: 60_000, logIntervalMs: 1_000, needsPackages: true }
    expect(play.tell({ type: 'granted', attempt: A, ...grant }).types).toEqual(['acquire'])
    for (let tries = 0; tries < 5; tries++) {
      play.tell({ type: 'acquire-failed', attempt: A, reason: 'lost' })
      expect(play.wait(4_000).types).toContain('acquire')
    }
    play.tell({ type: 'acquire-failed', attempt: A, reason: 'lost' })
    expect(play.effects).toContainEqual({
      type: 'abandon',
      attempt: A,
      outcome: 'failed',
      reason: 'lost',
    })
  })

  it('has always something to wait for, or a request under way', () => {
    const play = new Play().running()
    expect(wakeAt(play.state)).toBeGreaterThan(play.now)
    expect(Number.isFinite(wakeAt(play.state))).toBe(true)
  })
})

describe('waiting before the next try', () => {
  it('doubles under a cap, from a random point of the whole span', () => {
    let retry = noRetry()
    const delays = Array.from({ length: 6 }, () => {
      retry = failed(retry, 0, 1)
      return retry.at
    })
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000])
    expect(failed(noRetry(), 0, 0).at).toBe(0)
  })

  it('is longer after two minutes, and never shorter than the server asks', () => {
    const retry = { failures: 9, since: 0, at: 0 }
    expect(failed(retry, 120_001, 1).at).toBe(130_001)
    expect(failed(noRetry(), 0, 0, 7_000).at).toBe(7_000)
  })
})
