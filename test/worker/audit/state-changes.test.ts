import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealEvents } from '../../../worker/audit/seals.ts'
import { verifyChain } from '../../../worker/audit/verify.ts'
import { enter, type Inputs } from '../../../worker/deployments/inputs.ts'
import { publicationOf } from '../../../worker/deployments/outbox.ts'
import { publishStates } from '../../../worker/deployments/publication.ts'
import { step } from '../deployments/process.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'
import { ADA, holds, Stage } from '../deployments/stage.ts'

let shop: Shop
let patch = 0
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.stop())

/** A deployment to Staging whose every change is told to libSQL, twice, as its object may do. */
const begin = async () => {
  const version = `1.0.${patch++}`
  await shop.release(version)
  const { DeploymentServerTasks } = await shop.deploy(version, ['Staging'])
  const { DeploymentId, ServerTaskId } = DeploymentServerTasks[0]
  const entered = await enter(shop.db, DeploymentId, Date.now())
  if (entered.type !== 'loaded') throw new Error(`it is ${entered.type}`)
  return { task: ServerTaskId as string, ...follow(entered.inputs) }
}

const follow = (inputs: Inputs) => {
  const stage = new Stage([step('One', 'db')], holds, {
    guidedFailure: true,
    id: inputs.id,
  })
  let told = 0
  let effects = 0
  const tell = async () => {
    const fresh = stage.effects.slice(effects)
    effects = stage.effects.length
    const deeds = fresh.flatMap(effect => (effect.type === 'record' ? [effect] : []))
    const started = { category: 'DeploymentStarted', message: '', by: null }
    const all = told === 0 ? [started, ...deeds] : deeds
    if (told === stage.state.sequence) return
    const numbers = stage.asked.map(({ number }) => number)
    const publication = publicationOf(stage.state, told, stage.now, all, numbers)
    told = stage.state.sequence
    await publishStates(shop.db, inputs, [publication])
    await publishStates(shop.db, inputs, [publication])
  }
  const records = async () =>
    (
      await shop.rows(
        `SELECT category, username FROM events WHERE sequence IN
          (SELECT event_sequence FROM event_documents WHERE document_id = ?) ORDER BY sequence`,
        inputs.task.id,
      )
    ).map(({ category, username }) => `${category} by ${username}`)
  return { stage, tell, records }
}

const BEGINNING = ['DeploymentQueued by ada', 'DeploymentStarted by system']

describe('each change of a deployment’s state has exactly one row', () => {
  it('when it succeeds', async () => {
    const { stage, tell, records } = await begin()
    await tell()
    stage.finishAll()
    await tell()
    expect(await records()).toEqual([...BEGINNING, 'DeploymentSucceeded by system'])
  })

  it('when it asks, is answered, asks again and fails, and somebody corrects its state', async () => {
    const { stage, tell, records, task } = await begin()
    await tell()
    stage.run(1, 'failed')
    await tell()
    stage.happen({ type: 'take', interruption: 1, by: ADA, teamIds: [], takeOver: false })
    await tell()
    stage.happen({
      type: 'answer',
      interruption: 1,
      by: ADA,
      teamIds: [],
      choice: 'Retry',
      notes: '',
    })
    await tell()
    stage.hold()
    stage.run(stage.state.attempts.length, 'failed')
    await tell()
    stage.answer('Fail')
    await tell()
    for (const state of ['Success', 'Success'])
      await shop.json('POST', `${S}/tasks/${task}/state`, {
        body: { State: state, Reason: 'It works.' },
        status: 200,
      })
    expect(await records()).toEqual([
      ...BEGINNING,
      'InterruptionRaised by system',
      'InterruptionTaken by ada',
      'InterruptionSubmitted by ada',
      'InterruptionRaised by system',
      'InterruptionTaken by ada',
      'InterruptionSubmitted by ada',
      'DeploymentFailed by system',
      'TaskStateChanged by admin',
    ])
  })

  it('when it is canceled while it runs', async () => {
    const { stage, tell, records, task } = await begin()
    await tell()
    stage.offer()
    stage.claim(1)
    await shop.json('POST', `/api/tasks/${task}/cancel`, { key: shop.ada, status: 200 })
    stage.cancel()
    await tell()
    stage.complete(1, 'canceled')
    await tell()
    expect(await records()).toEqual([
      ...BEGINNING,
      'TaskCanceled by ada',
      'DeploymentCancelling by system',
      'DeploymentCanceled by system',
    ])
  })

  it('when it is canceled before it starts, or what it asks is called off', async () => {
    const version = `1.0.${patch++}`
    await shop.release(version)
    const { DeploymentServerTasks } = await shop.deploy(version, ['Staging'])
    const { ServerTaskId } = DeploymentServerTasks[0]
    for (let times = 0; times < 2; times++)
      await shop.json('POST', `/api/tasks/${ServerTaskId}/cancel`, { key: shop.ada, status: 200 })
    const rows = await shop.rows(
      `SELECT category FROM events WHERE sequence IN
        (SELECT event_sequence FROM event_documents WHERE document_id = ?) ORDER BY sequence`,
      ServerTaskId,
    )
    expect(rows.map(({ category }) => category)).toEqual(['DeploymentQueued', 'TaskCanceled'])

    const { stage, tell, records } = await begin()
    await tell()
    stage.run(1, 'failed')
    await tell()
    stage.cancel()
    await tell()
    expect(await records()).toEqual([
      ...BEGINNING,
      'InterruptionRaised by system',
      'DeploymentCancelling by system',
      'InterruptionCanceled by system',
      'DeploymentCanceled by system',
    ])
  })

  it('and the chain of them all is whole', async () => {
    await sealEvents(shop.db, shop.env.MASTER_KEY)
    const verified = await verifyChain(shop.db, shop.env.MASTER_KEY, undefined)
    expect(verified).toMatchObject({ state: 'verified', firstBad: undefined, unsealed: 0 })
  })
})
