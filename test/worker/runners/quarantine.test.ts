import { describe, expect, it } from 'vitest'
import { healthOf, Liveness, UNAVAILABLE_MS } from '../../../worker/runners/liveness.ts'
import { ProofWindow } from '../../../worker/runners/proof.ts'
import { Quarantine, WINDOW_MS } from '../../../worker/runners/quarantine.ts'
import { objectSql } from '../../support/object-sql.ts'

const RUNNER = 'Runners-1'

describe('sessions that change hands', () => {
  it.each([
    { when: 'two take turns', instances: 'abab', step: 1_000, isOut: true },
    { when: 'one comes back among others', instances: 'abca', step: 1_000, isOut: true },
    { when: 'it changed hands but twice', instances: 'aba', step: 1_000, isOut: false },
    { when: 'one is restarted often', instances: 'abcdefgh', step: 1_000, isOut: false },
    { when: 'one renews its session', instances: 'aaaaaaaa', step: 1_000, isOut: false },
    { when: 'it took long', instances: 'abab', step: WINDOW_MS / 2, isOut: false },
  ])('shut a runner out only when it must exist twice: $when', ({ instances, step, isOut }) => {
    const quarantine = new Quarantine(objectSql())
    for (const [at, instance] of [...instances].entries())
      quarantine.note(RUNNER, instance, at * step)
    expect(quarantine.reasonOf(RUNNER) !== undefined).toBe(isOut)
    expect(quarantine.reasonOf('Runners-2')).toBeUndefined()
  })

  it('keep it out across a restart, until somebody lets it in', () => {
    const sql = objectSql()
    const before = new Quarantine(sql)
    for (const [at, instance] of [...'abab'].entries()) before.note(RUNNER, instance, at)
    const after = new Quarantine(sql)
    expect(after.reasonOf(RUNNER)).toContain('Two machines use the key of this runner')
    after.release(RUNNER)
    expect(after.reasonOf(RUNNER)).toBeUndefined()
    expect(new Quarantine(sql).reasonOf(RUNNER)).toBeUndefined()
    expect(after.note(RUNNER, 'a', 10)).toBeUndefined()
  })
})

describe('the numbers of proofs', () => {
  const session = { runnerId: RUNNER, epoch: 4 }
  const other = { runnerId: 'Runners-2', epoch: 1 }
  const ONE = 'Deployments-1:1'

  it('count once each, in whichever order they come', () => {
    const window = new ProofWindow(objectSql())
    expect([3, 1, 2, 3, 1].map(number => window.take(session, number, `:${number}`))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
    expect(window.take(other, 3, ONE)).toBe(true)
  })

  it('are refused after a newer one of the same attempt: it had been given up', () => {
    const window = new ProofWindow(objectSql())
    expect(window.take(session, 2, ONE)).toBe(true)
    expect(window.take(session, 1, ONE)).toBe(false)
    expect(window.take(session, 1, 'Deployments-1:2')).toBe(true)
  })

  it('are refused when they are too old to be remembered', () => {
    const window = new ProofWindow(objectSql())
    for (let number = 2; number < 1_000; number++)
      expect(window.take(session, number, ONE)).toBe(true)
    expect(window.take(session, 1, ONE)).toBe(false)
    expect(window.take(session, 500, ONE)).toBe(false)
    expect(window.take(session, 1_000, ONE)).toBe(true)
  })

  it('begin anew with a session, and those of an older one are worth nothing', () => {
    const window = new ProofWindow(objectSql())
    window.take(session, 5, ONE)
    expect(window.take({ ...session, epoch: 5 }, 1, ONE)).toBe(true)
    expect(window.take(session, 6, ONE)).toBe(false)
  })

  it('stay used up across a restart, with those that came before them', () => {
    const sql = objectSql()
    const before = new ProofWindow(sql)
    for (const number of [1, 4]) before.take(session, number, ONE)
    before.store()
    before.take(other, 9, ONE)
    const after = new ProofWindow(sql)
    expect([1, 3, 4, 5].map(number => after.take(session, number, ONE))).toEqual([
      false,
      false,
      false,
      true,
    ])
    // What was not stored changed nothing either.
    expect(after.take(other, 9, ONE)).toBe(true)
  })

  it('are written once for all that came since the last time, and then not again', () => {
    const sql = objectSql()
    let writes = 0
    const exec = (query: string, ...values: (string | number)[]) => {
      writes += 1
      return sql.exec(query, ...values)
    }
    const watched = new ProofWindow({ exec } as typeof sql)
    const setUp = writes
    for (const number of [1, 2, 3]) watched.take(session, number, ONE)
    watched.store()
    watched.store()
    expect(writes - setUp).toBe(1)
  })
})

describe('the health of a runner', () => {
  it.each([
    [undefined, 'Healthy', 'The runner is connected.'],
    [{ warnings: [] }, 'Healthy', 'The runner is connected.'],
    [{ warnings: ['Little room.', 'Old.'] }, 'HasWarnings', 'Little room. Old.'],
    [{ warnings: ['Little room.'], problem: 'No room.' }, 'Unhealthy', 'No room.'],
  ])('is what it reports: %j', (report, status, summary) => {
    expect(healthOf(report)).toEqual({ status, summary })
  })

  it('is told when it changes, and when there is no more to hear', () => {
    const liveness = new Liveness()
    expect(liveness.see(RUNNER, 0)?.status).toBe('Healthy')
    expect(liveness.see(RUNNER, 1)).toBeUndefined()
    const warned = healthOf({ warnings: ['Little room.'] })
    expect(liveness.see(RUNNER, 2, warned)).toEqual(warned)
    expect(liveness.see(RUNNER, 3, warned)).toBeUndefined()
    expect([...liveness.lapse(UNAVAILABLE_MS + 2)]).toEqual([])
    const gone = liveness.lapse(UNAVAILABLE_MS + 3)
    expect(gone.get(RUNNER)?.status).toBe('Unavailable')
    expect(liveness.lapse(UNAVAILABLE_MS + 4).size).toBe(0)
    expect(liveness.isWatching).toBe(false)
    liveness.untold(new Map(), gone)
    expect(liveness.lapse(UNAVAILABLE_MS + 5).size).toBe(1)
    expect(liveness.see(RUNNER, UNAVAILABLE_MS + 6)?.status).toBe('Healthy')
  })
})
