import { describe, expect, it } from 'vitest'
import { Mailbox, REDELIVER_MS } from '../../../worker/runners/mailbox.ts'
import { objectSql } from '../../support/object-sql.ts'

const offerOf = (mailbox: Mailbox, attempt: string, runner = 'Runners-1', now = 0) =>
  mailbox.offer({ attempt, runner, deployment: 'Deployments-1', planHash: 'p', ttlMs: 20_000 }, now)

const collected = (mailbox: Mailbox, now: number) =>
  mailbox.collect('Runners-1', now).offers.map(({ attempt, fence }) => [attempt, fence])

describe("a runner's mailbox", () => {
  it('gives each attempt a fence above all before, and the same one when asked again', () => {
    const mailbox = new Mailbox(objectSql())
    expect(offerOf(mailbox, 'Deployments-1:1')).toMatchObject({ fence: 1, isNew: true })
    expect(offerOf(mailbox, 'Deployments-1:2')).toMatchObject({ fence: 2, isNew: true })
    expect(offerOf(mailbox, 'Deployments-1:1')).toMatchObject({ fence: 1, isNew: false })
    mailbox.withdraw(['Deployments-1:1'])
    expect(offerOf(mailbox, 'Deployments-1:1')).toMatchObject({ fence: 3 })
    expect(offerOf(mailbox, 'Deployments-1:3', 'Runners-2')).toMatchObject({ fence: 1 })
  })

  it('comes up again without its offers, but gives no fence twice', () => {
    const sql = objectSql()
    const before = new Mailbox(sql)
    offerOf(before, 'Deployments-1:1')
    offerOf(before, 'Deployments-1:2')
    const after = new Mailbox(sql)
    expect(collected(after, 0)).toEqual([])
    expect(offerOf(after, 'Deployments-1:3').fence).toBeGreaterThan(2)
  })

  it('makes the offer again that the deployment remembers', () => {
    const mailbox = new Mailbox(objectSql())
    const given = { runner: 'Runners-1', fence: 7 }
    const want = { attempt: 'Deployments-1:1', runner: 'Runners-2', deployment: 'Deployments-1' }
    expect(mailbox.offer({ ...want, planHash: 'p', ttlMs: 20_000, given }, 0)).toEqual({
      ...given,
      isNew: true,
    })
    expect(collected(mailbox, 0)).toEqual([['Deployments-1:1', 7]])
  })

  it('forgets an offer for the runner that has it, and for no other', () => {
    const mailbox = new Mailbox(objectSql())
    offerOf(mailbox, 'Deployments-1:1')
    mailbox.forget('Runners-2', 'Deployments-1:1')
    expect(offerOf(mailbox, 'Deployments-1:1')).toMatchObject({ fence: 1, isNew: false })
    mailbox.forget('Runners-1', 'Deployments-1:1')
    expect(offerOf(mailbox, 'Deployments-1:1')).toMatchObject({ fence: 2, isNew: true })
  })

  it('makes an accepted offer again that is still wanted and that its runner is silent about', () => {
    const mailbox = new Mailbox(objectSql())
    offerOf(mailbox, 'Deployments-1:1')
    collected(mailbox, 0)
    mailbox.acknowledge('Runners-1', ['Deployments-1:1'], [], 1_000)
    expect(offerOf(mailbox, 'Deployments-1:1', 'Runners-1', 20_999).isNew).toBe(false)
    expect(collected(mailbox, 20_999)).toEqual([])
    expect(offerOf(mailbox, 'Deployments-1:1', 'Runners-1', 21_000)).toMatchObject({
      fence: 1,
      isNew: true,
    })
    expect(collected(mailbox, 21_000)).toEqual([['Deployments-1:1', 1]])
  })

  it('repeats an offer until it is accepted', () => {
    const mailbox = new Mailbox(objectSql())
    offerOf(mailbox, 'Deployments-1:1')
    expect(collected(mailbox, 0)).toEqual([['Deployments-1:1', 1]])
    expect(collected(mailbox, REDELIVER_MS - 1)).toEqual([])
    expect(mailbox.redeliverAt('Runners-1')).toBe(REDELIVER_MS)
    expect(collected(mailbox, REDELIVER_MS)).toEqual([['Deployments-1:1', 1]])
    mailbox.acknowledge('Runners-1', ['Deployments-1:1'], [], 0)
    expect(collected(mailbox, 10 * REDELIVER_MS)).toEqual([])
    expect(mailbox.redeliverAt('Runners-1')).toBe(Number.POSITIVE_INFINITY)
  })

  it('offers again in a new session what its journal does not have', () => {
    const mailbox = new Mailbox(objectSql())
    offerOf(mailbox, 'Deployments-1:1')
    offerOf(mailbox, 'Deployments-1:2')
    collected(mailbox, 0)
    mailbox.acknowledge('Runners-1', ['Deployments-1:1', 'Deployments-1:2'], [], 0)
    expect(mailbox.openSession('Runners-1', ['Deployments-1:2'], 1)).toBe(1)
    expect(collected(mailbox, 1)).toEqual([['Deployments-1:1', 1]])
  })

  it('takes back what a deployment does not want any more', () => {
    const mailbox = new Mailbox(objectSql())
    offerOf(mailbox, 'Deployments-1:1')
    offerOf(mailbox, 'Deployments-1:2')
    mailbox.keepOnly('Deployments-1', ['Deployments-1:2'])
    expect(collected(mailbox, 0)).toEqual([['Deployments-1:2', 2]])
  })

  it('repeats a control until it is handled', () => {
    const mailbox = new Mailbox(objectSql())
    const control = {
      id: 'cancel:Deployments-1:1',
      type: 'cancel',
      attempt: 'Deployments-1:1',
      reason: 'Canceled by Ada',
    } as const
    mailbox.control('Runners-1', control)
    mailbox.control('Runners-1', control)
    expect(mailbox.collect('Runners-1', 0).controls).toEqual([control])
    expect(mailbox.collect('Runners-1', REDELIVER_MS).controls).toEqual([control])
    mailbox.acknowledge('Runners-1', [], [control.id], 0)
    expect(mailbox.collect('Runners-1', 2 * REDELIVER_MS).controls).toEqual([])
  })
})
