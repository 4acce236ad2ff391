import { describe, expect, it } from 'vitest'
import type { Event } from '../../../worker/deployments/event.ts'
import { decide } from '../../../worker/deployments/execution.ts'
import { beginExecution } from '../../../worker/deployments/execution-state.ts'
import type { Inputs } from '../../../worker/deployments/inputs.ts'
import { publicationOf } from '../../../worker/deployments/outbox.ts'
import { DeploymentStorage } from '../../../worker/deployments/storage.ts'
import { objectSql } from '../../support/object-sql.ts'
import { planOf, step } from './process.ts'
import { holds, Stage } from './stage.ts'

const inputs = { id: 'Deployments-1' } as Inputs
const steps = [step('One', 'web'), step('Two', 'db')]
const begun = () => {
  const sql = objectSql()
  const storage = new DeploymentStorage(sql)
  const execution = beginExecution('Deployments-1', planOf(steps).plan, 1_000, {
    guidedFailure: true,
  })
  storage.begin(inputs, execution, null)
  return { sql, storage, execution }
}

describe('what an object stores', () => {
  it('is the same state again, whatever happened in between', () => {
    const { sql, storage } = begun()
    const stage = new Stage(steps, holds, { guidedFailure: true })
    storage.save({ state: stage.state, touched: everything(stage) })
    let state = stage.state
    const events: Event[] = [
      { type: 'offered', offerings: [offering(1), offering(2)] },
      { type: 'claim', ...offering(1), epoch: 1 },
      { type: 'complete', ...offering(1), epoch: 1, ...FAILED },
      { type: 'cancel', by: 'Ada', reason: 'Canceled by Ada' },
    ]
    for (const event of events) {
      const decision = decide(state, event, 2_000, holds)
      storage.save(decision)
      state = decision.state
      expect(new DeploymentStorage(sql).load()?.execution).toEqual(state)
    }
  })

  it('is read as the version before wrote it, lanes inside their step', () => {
    const { sql, execution } = begun()
    sql.exec('DELETE FROM lanes')
    for (const [index, { lanes, ...rest }] of execution.steps.entries()) {
      const old = lanes.map(({ retries, repeats, retryAt, question, isKept, ...lane }) => lane)
      sql.exec(
        'UPDATE steps SET body = ? WHERE number = ?',
        JSON.stringify({ ...rest, lanes: old }),
        index,
      )
    }
    const { interruptions, guidedFailure, key, conclusion, ...core } = execution
    const { plan: _, steps: __, attempts: ___, ...facts } = core
    sql.exec("UPDATE facts SET body = ? WHERE name = 'execution'", JSON.stringify(facts))
    const upgraded = new DeploymentStorage(sql).load()?.execution
    expect(upgraded).toEqual({ ...execution, guidedFailure: false })
    expect(new DeploymentStorage(sql).load()?.execution).toEqual(upgraded)
  })
})

describe('the outbox', () => {
  it('keeps what was told, to tell it again from anywhere', () => {
    const { storage, execution } = begun()
    for (const sequence of [1, 2, 3]) {
      storage.publish(publicationOf({ ...execution, sequence }, sequence - 1, 5, []))
      storage.published(sequence)
    }
    expect(storage.hasOutbox).toBe(false)
    const deed = { category: 'DeploymentRestated', message: 'It was put back.', by: null }
    expect(storage.tellAgain(3, deed)).toBe(0)
    expect(storage.tellAgain(1, deed)).toBe(2)
    expect(storage.outbox()).toMatchObject([
      { sequence: 2, follows: 1, deeds: [deed] },
      { sequence: 3, follows: 2, deeds: [] },
    ])
  })
})

const FAILED = { outcome: 'failed', exitCode: 3, reason: null, warnings: false } as const
const offering = (attempt: number) => ({
  attempt,
  fence: attempt,
  runnerId: `Runners-${attempt}`,
  isConnected: true,
  lastSeenAt: null,
})
const everything = ({ state }: Stage) => ({
  attempts: new Set(state.attempts.map(({ number }) => number)),
  steps: new Set(state.steps.keys()),
  lanes: new Set(
    state.steps.flatMap(({ lanes }, index) => [...lanes.keys()].map(at => `${index}/${at}`)),
  ),
  interruptions: new Set<number>(),
})
