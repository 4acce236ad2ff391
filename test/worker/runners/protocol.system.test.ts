import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bash, type Engine, startEngine } from '../deployments/engine.ts'
import { FACTS, records, ScriptedRunner } from './scripted-runner.ts'

vi.setConfig({ testTimeout: 30_000 })

let engine: Engine
let runner: ScriptedRunner

beforeAll(async () => {
  engine = await startEngine()
  runner = new ScriptedRunner(engine.url)
  await runner.enrol(await engine.token('web-1', ['web']))
  await runner.open()
}, 60_000)
afterAll(() => engine?.stop())

/** A deployment of one step, offered to the runner. */
const offered = async (script = 'echo hello') => {
  const id = await engine.deployment([bash('Publish', script)])
  await engine.post(`/deeds/${id}/start`)
  return { id, ...(await runner.offer()) }
}
const finish = async (work: Awaited<ReturnType<typeof offered>>) => {
  await runner.claim(work)
  await runner.complete(work, new Uint8Array())
  return engine.end(work.id)
}

describe('enrolment', () => {
  it('takes a token once, however many ask at the same time', async () => {
    const token = await engine.token('shared', ['blue', 'green'], 'Environments-2')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => new ScriptedRunner(engine.url).enrol(token)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(7)
    const targets = await engine.sql(
      `SELECT t.name, group_concat(tag) AS tags FROM targets AS t JOIN target_tags ON target_id = t.id
        WHERE t.name = 'shared'`,
    )
    expect(targets).toEqual([{ name: 'shared', tags: 'blue,green' }])
  })

  it('finds a free name', async () => {
    const enrol = async () =>
      new ScriptedRunner(engine.url).enrol(await engine.token(null, ['twin'], 'Environments-2'), {
        facts: { ...FACTS, hostname: 'twin' },
      })
    expect((await enrol()).body.name).toBe('twin')
    expect((await enrol()).body.name).toBe('twin-2')
    expect((await enrol()).body.name).toBe('twin-3')
  })

  it('refuses what is no token, and what is no message', async () => {
    const stranger = new ScriptedRunner(engine.url)
    expect(await stranger.enrol('nonsense')).toMatchObject({
      status: 403,
      body: { error: 'forbidden', message: expect.stringContaining('unknown, was used already') },
    })
    expect(await stranger.enrol('x', { facts: { ...FACTS, os: 7 } })).toMatchObject({
      status: 400,
      body: { error: 'invalid', message: expect.stringContaining('facts.os') },
    })
  })

  it('has an installer that does not use the token up', async () => {
    const token = await engine.token('later', ['web'], 'Environments-2')
    const script = await fetch(`${engine.url}/install/${token}`)
    expect(script.status).toBe(200)
    const text = await script.text()
    expect(text).toContain(`server='http://shop.test'`)
    expect(text).toContain(`token='${token}'`)
    expect((await new ScriptedRunner(engine.url).enrol(token)).status).toBe(200)
    expect((await fetch(`${engine.url}/install/${token}`)).status).toBe(404)
  })
})

describe('a session', () => {
  it('needs a fresh nonce, signed with the key of this runner', async () => {
    const nonce = await runner.nonce()
    expect((await runner.open([], nonce)).status).toBe(200)
    expect(await runner.open([], nonce)).toMatchObject({
      status: 401,
      body: { error: 'unauthenticated' },
    })
    const thief = new ScriptedRunner(engine.url)
    thief.id = runner.id
    expect(await thief.open()).toMatchObject({ status: 401 })
    expect(await thief.poll()).toMatchObject({ status: 401 })
  })

  it('ends the one before', async () => {
    const older = runner.session
    const { body } = await runner.open()
    expect(body.epoch).toBeGreaterThan(1)
    const message = { waitMs: 0, accepted: [], handled: [] }
    expect(await runner.send('/poll', message, older)).toMatchObject({ status: 401 })
    expect(await runner.send('/poll', message)).toMatchObject({ status: 200 })
  })

  it('holds one poll: a newer one takes its place', async () => {
    const first = runner.poll(20_000)
    // The second may overtake the first on the way: whichever is older is told so.
    const second = runner.poll(20_000)
    const superseded = await Promise.race([first, second])
    expect(superseded.body).toEqual({ offers: [], controls: [], superseded: true })
    await runner.poll(0)
    await Promise.all([first, second])
  })
})

describe('an attempt', () => {
  it('is granted with what its step needs, and granted again to who asks again', async () => {
    const work = await offered()
    const first = await runner.claim(work)
    expect(first).toMatchObject({
      status: 200,
      body: {
        attempt: work.attempt,
        fence: work.fence,
        actionType: 'Octopus.Script',
        stepName: 'Publish',
        properties: { 'Octopus.Action.Script.ScriptBody': 'echo hello' },
        packages: [],
      },
    })
    expect(await runner.claim(work)).toEqual(first)
    expect(await runner.claim({ ...work, fence: work.fence + 1 })).toMatchObject({
      status: 409,
      body: { error: 'stale' },
    })
    await finish(work)
  })

  it('is nobody else’s', async () => {
    const work = await offered()
    const other = new ScriptedRunner(engine.url)
    await other.enrol(await engine.token('other', ['other'], 'Environments-2'))
    await other.open()
    expect(await other.claim(work)).toMatchObject({ status: 410, body: { error: 'gone' } })
    expect(await other.log(work, 0, records('mine'))).toMatchObject({ status: 410 })
    await finish(work)
  })

  it('takes log bytes from where it is, passes over what it has, and refuses a gap', async () => {
    const work = await offered()
    const [one, two] = [records('one'), records('two')]
    const whole = Buffer.concat([one, two])
    expect((await runner.log(work, 0, one)).body).toMatchObject({ error: 'stale' })
    await runner.claim(work)
    expect((await runner.log(work, 0, one)).body).toMatchObject({ next: one.length })
    expect((await runner.log(work, 0, one)).body).toMatchObject({ next: one.length })
    expect(await runner.log(work, whole.length, two)).toMatchObject({
      status: 409,
      body: { error: 'gap', next: one.length },
    })
    expect((await runner.log(work, 0, whole)).body).toMatchObject({ next: whole.length })
    expect((await runner.log(work, whole.length, records('x'), '00000000')).body).toMatchObject({
      error: 'invalid',
    })
    await runner.complete(work, whole)
    const { texts } = await engine.end(work.id)
    expect(texts.filter(text => text === 'one' || text === 'two')).toEqual(['one', 'two'])
  })

  it('keeps the bytes that came first, and says once that others were sent for them', async () => {
    const work = await offered()
    await runner.claim(work)
    const [one, other] = [records('one'), records('two')]
    await runner.log(work, 0, one)
    for (let times = 0; times < 2; times++)
      expect((await runner.log(work, 0, other)).body).toMatchObject({ next: one.length })
    await runner.complete(work, one)
    const { state, texts } = await engine.end(work.id)
    expect(state).toBe('Success')
    expect(texts.filter(text => text === 'one' || text === 'two')).toEqual(['one'])
    expect(texts.filter(text => text.includes('other bytes'))).toHaveLength(1)
  })

  it('ends when its whole log is there and agrees with its digest, and only once', async () => {
    const work = await offered()
    const log = records('one', 'two')
    await runner.claim(work)
    expect(await runner.complete(work, log)).toMatchObject({
      status: 409,
      body: { error: 'gap', next: 0 },
    })
    const tail = { offset: 0, bytes: Buffer.from(log).toString('base64') }
    expect(await runner.complete(work, log, { tail, sha256: '0'.repeat(64) })).toMatchObject({
      status: 409,
      body: { error: 'digest' },
    })
    const done = { accepted: true, next: log.length }
    expect((await runner.complete(work, log, { tail })).body).toMatchObject(done)
    expect((await runner.complete(work, log, { tail, outcome: 'failed' })).body).toMatchObject(done)
    expect((await engine.end(work.id)).state).toBe('Success')
    // What comes after the end is kept apart, and whoever sends it is to stop.
    expect((await runner.log(work, log.length, records('late'))).body).toMatchObject({
      cancel: true,
    })
  })

  it('is not asked for ever for what does not fit', async () => {
    const work = await offered()
    await runner.claim(work)
    const wrong = { sha256: '0'.repeat(64), outputs: 'bm9uZQ==.bm9uZQ==' }
    const errors: string[] = []
    for (;;) {
      const { status, body } = await runner.complete(work, new Uint8Array(), wrong)
      if (status === 200) break
      errors.push(body.error)
    }
    expect(errors).toEqual(['digest', 'digest'])
    const { state, texts } = await engine.end(work.id)
    expect(state).toBe('Failed')
    expect(texts).toContain('The log above is not what the runner wrote.')
    expect(texts).toContain('The step ended, but its output variables could not be read.')
  })

  it('ends though its runner has lost a part of the log', async () => {
    const work = await offered()
    await runner.claim(work)
    const errors: string[] = []
    for (;;) {
      const { status, body } = await runner.complete(work, records('lost'))
      if (status === 200) break
      errors.push(body.error)
    }
    expect(errors.slice(0, 2)).toEqual(['gap', 'gap'])
    const { state, texts } = await engine.end(work.id)
    expect(state).toBe('Success')
    expect(texts).toContain('The log above is not what the runner wrote.')
  })

  it('is cancelled over whichever way is open', async () => {
    const work = await offered()
    await runner.claim(work)
    const told = runner.control('cancel')
    await engine.post(`/deeds/${work.id}/cancel`)
    expect(await told).toEqual({
      id: `cancel:${work.attempt}`,
      type: 'cancel',
      attempt: work.attempt,
      reason: 'Canceled by Ada',
    })
    expect((await runner.log(work, 0, records('bye'))).body).toMatchObject({ cancel: true })
    await runner.complete(work, records('bye'), { outcome: 'canceled', exitCode: null })
    expect((await engine.end(work.id)).state).toBe('Canceled')
  })

  it('may fetch the packages of its grant and no others', async () => {
    const sha256 = createHash('sha256').update('package').digest('hex')
    const work = await offered()
    const get = () =>
      fetch(`${engine.url}/runner/v1/attempts/${work.attempt}/packages/${sha256}`, {
        headers: { authorization: `Bearer ${runner.session}` },
      })
    expect((await get()).status).toBe(410)
    await runner.claim(work)
    expect((await get()).status).toBe(403)
    await finish(work)
  })

  it('is reconciled at a new session', async () => {
    const work = await offered()
    await runner.claim(work)
    await runner.log(work, 0, records('one'))
    const listed = (attempt: string, state: string) => ({
      attempt,
      fence: work.fence,
      state,
      acknowledged: 0,
    })
    const { body } = await runner.open([
      listed(work.attempt, 'running'),
      listed('Deployments-999:1', 'running'),
    ])
    expect(body.attempts).toEqual([
      { attempt: work.attempt, instruction: 'continue', next: records('one').length },
      { attempt: 'Deployments-999:1', instruction: 'forget', next: 0 },
    ])
    await runner.complete(work, records('one'))
    expect((await engine.end(work.id)).state).toBe('Success')
    await expect
      .poll(async () => (await runner.open([listed(work.attempt, 'finished')])).body.attempts[0])
      .toMatchObject({ instruction: 'forget' })
  })
})

describe('a target whose runner is gone', () => {
  it('fails its deployment and says since when', async () => {
    const absent = new ScriptedRunner(engine.url)
    await absent.enrol(await engine.token('gone-1', ['gone'], 'Environments-2'))
    const id = await engine.deployment(
      [
        bash('Publish', 'echo never', {
          stepProperties: { 'Octopus.Action.TargetRoles': 'gone' },
        }),
      ],
      [],
      'Environments-2',
    )
    await engine.post(`/deeds/${id}/start`)
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Failed')
    expect(texts).toContain(
      'No connection to gone-1: its runner has never connected. Check that the runner is running and can reach the server.',
    )
  })
})
