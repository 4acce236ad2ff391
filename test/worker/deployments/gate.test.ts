import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commit } from '../../../worker/database/client.ts'
import {
  aheadOf,
  freeKey,
  mayEnter,
  nextOf,
  nextQueued,
  passGate,
  type QueuedTask,
  reclaimKey,
} from '../../../worker/deployments/gate.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'

const NOW = 1_000_000
const task = (number: number, more: Partial<QueuedTask> = {}): QueuedTask => ({
  id: `ServerTasks-${number}`,
  number,
  priority: 0,
  state: 'Queued',
  key: 'held',
  eligibleAt: NOW - 10,
  expiresAt: null,
  ...more,
})
const running = { state: 'Executing' }
const asks = { state: 'Executing', key: 'freed' } as const
const answered = { state: 'Executing', key: 'wanted' } as const

describe('the queue of one concurrency key', () => {
  it.each([
    { when: 'nobody is there', tasks: [], next: undefined },
    { when: 'two wait: the first', tasks: [task(2), task(1)], next: 1 },
    { when: 'a later one has priority', tasks: [task(1), task(2, { priority: 1 })], next: 2 },
    { when: 'one runs: nobody', tasks: [task(1, running), task(2)], next: undefined },
    {
      when: 'one is being cancelled: nobody',
      tasks: [task(1, { state: 'Cancelling' }), task(2)],
      next: undefined,
    },
    { when: 'one waits for a person', tasks: [task(1, asks), task(2)], next: 2 },
    {
      when: 'one waits for a person and another runs',
      tasks: [task(1, asks), task(2, running), task(3)],
      next: undefined,
    },
    {
      when: 'the first has been answered while another waits with priority',
      tasks: [task(1, answered), task(2, { priority: 9 })],
      next: 1,
    },
    {
      when: 'the first has been answered while another runs',
      tasks: [task(1, answered), task(2, running)],
      next: undefined,
    },
    { when: 'two were answered', tasks: [task(2, answered), task(1, answered)], next: 1 },
    {
      when: 'the first is not due yet',
      tasks: [task(1, { eligibleAt: NOW + 1 }), task(2)],
      next: 2,
    },
    { when: 'the first is due right now', tasks: [task(1, { eligibleAt: NOW }), task(2)], next: 1 },
    { when: 'the first has expired', tasks: [task(1, { expiresAt: NOW }), task(2)], next: 2 },
    { when: 'the first expires next', tasks: [task(1, { expiresAt: NOW + 1 }), task(2)], next: 1 },
    { when: 'the first has ended', tasks: [task(1, { state: 'Failed' }), task(2)], next: 2 },
  ])('when $when', ({ tasks, next }) => expect(nextOf(tasks, NOW)?.number).toBe(next))

  it('says all that is ahead: who has the key, then who starts first', () => {
    const tasks = [
      task(5),
      task(1, asks),
      task(4),
      task(2, running),
      task(7, { priority: 3 }),
      task(3, answered),
      task(6),
    ]
    expect(aheadOf(task(5), tasks, NOW).map(({ number }) => number)).toEqual([2, 3, 7, 4])
    expect(aheadOf(task(3, answered), tasks, NOW).map(({ number }) => number)).toEqual([2])
    expect(aheadOf(task(2, running), tasks, NOW)).toEqual([])
  })
})

describe('the queue in the database', () => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await testDatabase()
    await test.rows(
      "INSERT INTO spaces (id, name, slug, data_key, created_at) VALUES ('Spaces-1', 'Default', 'default', '', 0)",
    )
  })
  afterAll(() => test?.stop())
  beforeEach(() => test.rows('DELETE FROM tasks'))

  const holdsKey = { freed: 0, held: 1, wanted: 2 }
  const store = async (tasks: QueuedTask[]) => {
    for (const each of tasks)
      await test.rows(
        `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, deployment_id,
          queued_at, eligible_at, expires_at, updated_at, queued_by, priority, holds_key)
          VALUES (?, 'Spaces-1', ?, 'Deploy', ?, ?, 'Projects-1/Environments-1', ?, 0, ?, ?, 0, 'Ada', ?, ?)`,
        each.id,
        each.number,
        `Deploy release ${each.number}`,
        each.state,
        `Deployments-${each.number}`,
        each.eligibleAt,
        each.expiresAt,
        each.priority,
        holdsKey[each.key],
      )
  }
  const stateOf = async (number: number) =>
    (await test.rows('SELECT state, holds_key FROM tasks WHERE number = ?', number))[0]

  /** Combinations of these for three tasks are looked at, some 300. */
  const KINDS: Partial<QueuedTask>[] = [
    {},
    { priority: 1 },
    { eligibleAt: NOW + 1 },
    { expiresAt: NOW },
    running,
    { state: 'Cancelling', key: 'wanted' },
    asks,
    answered,
    { state: 'Success' },
  ]

  it('lets in whom the decision names, and nobody else, whoever asks', async () => {
    for (const first of KINDS)
      for (const second of KINDS)
        for (const third of [{}, { priority: 1 }, running, answered]) {
          const tasks = [task(1, first), task(2, second), task(3, third)]
          if (tasks.filter(each => each.key === 'held' && each.state === 'Executing').length > 1)
            continue
          await test.rows('DELETE FROM tasks')
          await store(tasks)
          const next = nextOf(tasks, NOW)
          const named = await nextQueued(test.db, 'Projects-1/Environments-1', NOW)
          const told = JSON.stringify(tasks)
          expect(named, told).toBe(next && `Deployments-${next.number}`)
          for (const each of tasks) {
            if (each.state !== 'Queued') continue
            if (mayEnter(each, tasks, NOW)) continue
            await passGate(test.db, `Deployments-${each.number}`, NOW)
            expect((await stateOf(each.number))?.state, told).toBe('Queued')
          }
          if (!next) continue
          if (next.state === 'Queued') await passGate(test.db, `Deployments-${next.number}`, NOW)
          else await reclaimKey(test.db, `Deployments-${next.number}`, NOW)
          expect((await stateOf(next.number))?.holds_key, told).toBe(1)
          expect((await stateOf(next.number))?.state, told).not.toBe('Queued')
        }
  }, 60_000)

  it('gives a freed key to the next, and back before anybody else', async () => {
    await store([task(1, running), task(2), task(3, { priority: 5 })])
    expect(await nextQueued(test.db, 'Projects-1/Environments-1', NOW)).toBeUndefined()
    await commit(test.db, [freeKey(test.db, 'ServerTasks-1')])
    await passGate(test.db, 'Deployments-3', NOW)
    expect(await reclaimKey(test.db, 'Deployments-1', NOW)).toEqual({
      waitsFor: 'ServerTasks-3 (Deploy release 3)',
    })
    await test.rows("UPDATE tasks SET state = 'Success' WHERE number = 3")
    await passGate(test.db, 'Deployments-2', NOW)
    expect(await stateOf(2)).toEqual({ state: 'Queued', holds_key: 1 })
    expect(await nextQueued(test.db, 'Projects-1/Environments-1', NOW)).toBe('Deployments-1')
    expect(await reclaimKey(test.db, 'Deployments-1', NOW)).toBe('held')
    expect(await reclaimKey(test.db, 'Deployments-1', NOW)).toBe('held')
  })

  it('starts nothing in a space whose queue is stopped, but lets go on what has begun', async () => {
    await store([task(1, answered), task(2)])
    await test.rows('UPDATE spaces SET task_queue_stopped = 1')
    await passGate(test.db, 'Deployments-2', NOW)
    expect((await stateOf(2))?.state).toBe('Queued')
    expect(await reclaimKey(test.db, 'Deployments-1', NOW)).toBe('held')
    await test.rows('UPDATE spaces SET task_queue_stopped = 0')
  })

  it('is asked through indexes alone', async () => {
    const { sql } = await import('drizzle-orm')
    const { allNext } = await import('../../../worker/deployments/gate.ts')
    const plan = await test.db.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${allNext(NOW)}`)
    const scans = plan
      .map(({ detail }) => detail)
      .filter(detail => /^SCAN \w+(?! USING)/.test(detail))
    expect(scans).toEqual([])
  })
})
