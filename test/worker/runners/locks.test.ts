import { describe, expect, it } from 'vitest'
import { Locks } from '../../../worker/runners/locks.ts'
import { objectSql } from '../../support/object-sql.ts'

const WEB_1 = { id: 'Machines-1', name: 'web-1' }
const WEB_2 = { id: 'Machines-2', name: 'web-2' }

const scene = () => {
  const locks = new Locks(objectSql())
  const ask = (number: number, targets: (typeof WEB_1)[], now: number) =>
    locks.acquire(
      { deployment: `Deployments-${number}`, label: `ServerTasks-${number}`, targets },
      now,
    )
  return { locks, ask }
}

describe('the locks of targets', () => {
  it('let one deployment in, which may ask again', () => {
    const { ask } = scene()
    expect(ask(1, [WEB_1, WEB_2], 0)).toBeUndefined()
    expect(ask(1, [WEB_1, WEB_2], 1)).toBeUndefined()
    expect(ask(2, [WEB_2], 2)).toBe('web-2 is in use by ServerTasks-1')
  })

  it('tell who waits which target is held by whom', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1], 0)
    ask(2, [WEB_2], 1)
    const request = { deployment: 'Deployments-3', label: '', targets: [WEB_2, WEB_1] }
    expect(locks.holdersOf(request)).toEqual([
      { target: 'Machines-1', name: 'web-1', deployment: 'Deployments-1', label: 'ServerTasks-1' },
      { target: 'Machines-2', name: 'web-2', deployment: 'Deployments-2', label: 'ServerTasks-2' },
    ])
    expect(locks.holdersOf({ ...request, deployment: 'Deployments-1' })).toHaveLength(1)
  })

  it('are given all or none, so that nobody waits in a circle', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1], 0)
    expect(ask(2, [WEB_1, WEB_2], 1)).toBe('web-1 is in use by ServerTasks-1')
    expect(ask(3, [WEB_2], 2)).toBe('Deployments-2 is to run on the same targets first')
    locks.release('Deployments-1', [])
    expect(locks.next(3)).toEqual(['Deployments-2'])
    expect(ask(2, [WEB_1, WEB_2], 3)).toBeUndefined()
    locks.release('Deployments-2', [])
    expect(ask(3, [WEB_2], 4)).toBeUndefined()
  })

  it('pass to the first in line of each target that is free, however many wait elsewhere', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1], 0)
    ask(2, [WEB_2], 0)
    for (let number = 10; number < 60; number++) ask(number, [WEB_1], number)
    ask(60, [WEB_2], 60)
    ask(61, [WEB_2], 61)
    expect(locks.next(62)).toEqual([])
    locks.release('Deployments-2', [])
    expect(locks.next(63)).toEqual(['Deployments-60'])
    locks.release('Deployments-1', [])
    expect(locks.next(64)).toEqual(['Deployments-10', 'Deployments-60'])
  })

  it('do not wait for one that has stopped asking', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1], 0)
    ask(2, [WEB_1], 1)
    locks.release('Deployments-1', [])
    expect(ask(3, [WEB_1], 30_000)).toBe('Deployments-2 is to run on the same targets first')
    expect(ask(3, [WEB_1], 61_001)).toBeUndefined()
  })

  it('stay with an attempt of unknown outcome until its runner has reported', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1, WEB_2], 0)
    const quarantined = { target: WEB_1.id, attempt: 'Deployments-1:1', runner: 'Runners-1' }
    locks.release('Deployments-1', [quarantined])
    expect(ask(2, [WEB_2], 1)).toBeUndefined()
    const held =
      'web-1 is held because the outcome of ServerTasks-1 there is unknown until its runner reports'
    expect(ask(3, [WEB_1], 2)).toBe(held)
    locks.reconcile('Runners-1', ['Deployments-1:1'])
    expect(ask(3, [WEB_1], 3)).toBe(held)
    locks.reconcile('Runners-1', [])
    expect(ask(3, [WEB_1], 4)).toBeUndefined()
  })

  it('stay until the last of several attempts of unknown outcome there is known', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1], 0)
    locks.release('Deployments-1', [
      { target: WEB_1.id, attempt: 'Deployments-1:1', runner: 'Runners-1' },
      { target: WEB_1.id, attempt: 'Deployments-1:4', runner: 'Runners-3' },
    ])
    locks.lift('Deployments-1:4')
    expect(locks.lockOf(WEB_1.id)).toMatchObject({ attempt: 'Deployments-1:1' })
    locks.reconcile('Runners-3', [])
    expect(ask(2, [WEB_1], 1)).toContain('unknown until its runner reports')
    locks.reconcile('Runners-1', [])
    expect(ask(2, [WEB_1], 2)).toBeUndefined()
  })

  it('are free as soon as the runner of that attempt says that it has ended it', () => {
    const { locks, ask } = scene()
    ask(1, [WEB_1, WEB_2], 0)
    locks.release('Deployments-1', [
      { target: WEB_1.id, attempt: 'Deployments-1:1', runner: 'Runners-1' },
      { target: WEB_2.id, attempt: 'Deployments-1:2', runner: 'Runners-2' },
    ])
    locks.absent('Runners-2', ['Deployments-1:1'])
    expect(locks.lockOf(WEB_1.id)).toBeDefined()
    locks.absent('Runners-1', ['Deployments-1:1', 'Deployments-9:1'])
    expect(locks.lockOf(WEB_1.id)).toBeUndefined()
    expect(locks.lockOf(WEB_2.id)).toBeDefined()
  })

  it('are held when the object comes up again, once they were stored', () => {
    const sql = objectSql()
    const ask = (locks: Locks, number: number) =>
      locks.acquire(
        { deployment: `Deployments-${number}`, label: `ServerTasks-${number}`, targets: [WEB_1] },
        0,
      )
    const before = new Locks(sql)
    expect(ask(before, 1)).toBeUndefined()
    expect(ask(before, 2)).toBe('web-1 is in use by ServerTasks-1')
    before.store()
    expect(before.isBehind).toBe(false)
    const after = new Locks(sql)
    expect(after.atWork).toEqual(['Deployments-1'])
    expect(ask(after, 2)).toBe('web-1 is in use by ServerTasks-1')
    after.release('Deployments-1', [])
    expect(new Locks(sql).atWork).toEqual([])
    expect(ask(after, 2)).toBeUndefined()
  })

  it('are shared by those who all agree to it, and by nobody else', () => {
    const { locks, ask } = scene()
    const share = (number: number, now: number) =>
      locks.acquire(
        {
          deployment: `Deployments-${number}`,
          label: `ServerTasks-${number}`,
          targets: [WEB_1],
          shared: true,
        },
        now,
      )
    expect(share(1, 0)).toBeUndefined()
    locks.store()
    expect(share(2, 1)).toBeUndefined()
    expect(share(2, 2)).toBeUndefined()
    expect(ask(3, [WEB_1], 3)).toBe(
      'web-1 is in use by ServerTasks-1, web-1 is in use by ServerTasks-2',
    )
    expect(share(4, 4)).toBe('Deployments-3 is to run on the same targets first')
    expect(locks.next(4)).toEqual([])
    locks.release('Deployments-1', [])
    locks.release('Deployments-2', [
      { target: WEB_1.id, attempt: 'Deployments-2:1', runner: 'Runners-1' },
    ])
    expect(share(4, 5)).toContain('the outcome of ServerTasks-2 there is unknown')
    locks.reconcile('Runners-1', [])
    expect(ask(3, [WEB_1], 6)).toBeUndefined()
    expect(share(4, 7)).toBe('web-1 is in use by ServerTasks-3')
  })

  it('are freed by a person only where an outcome is unknown', () => {
    const { locks, ask } = scene()
    expect(locks.liftTarget(WEB_1.id)).toBe(false)
    ask(1, [WEB_1], 0)
    expect(locks.lockOf(WEB_1.id)).toEqual({
      deployment: 'Deployments-1',
      label: 'ServerTasks-1',
      attempt: null,
    })
    expect(locks.liftTarget(WEB_1.id)).toBe(false)
    const attempt = 'Deployments-1:1'
    locks.release('Deployments-1', [{ target: WEB_1.id, attempt, runner: 'Runners-1' }])
    expect(locks.lockOf(WEB_1.id)).toMatchObject({ attempt })
    expect(locks.liftTarget(WEB_1.id)).toBe(true)
    expect(ask(2, [WEB_1], 1)).toBeUndefined()
  })

  it('are taken over from the table of an earlier version', () => {
    const sql = objectSql()
    sql.exec(
      `CREATE TABLE locks (target TEXT PRIMARY KEY, name TEXT NOT NULL, deployment TEXT NOT NULL,
        label TEXT NOT NULL, attempt TEXT, runner TEXT) WITHOUT ROWID`,
    )
    sql.exec(
      `INSERT INTO locks VALUES ('Machines-1', 'web-1', 'Deployments-1', 'ServerTasks-1', NULL, NULL)`,
    )
    expect(new Locks(sql).lockOf(WEB_1.id)?.deployment).toBe('Deployments-1')
    expect(new Locks(sql).lockOf(WEB_1.id)?.deployment).toBe('Deployments-1')
  })

  it('are not needed by a deployment that runs on workers alone', () => {
    const { ask } = scene()
    expect(ask(1, [], 0)).toBeUndefined()
    expect(ask(2, [], 0)).toBeUndefined()
  })
})
