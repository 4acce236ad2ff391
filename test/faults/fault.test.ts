import { describe, expect, it } from 'vitest'
import { carryOut, ensure, type Fault, NotHere } from './fault.ts'

const fault = (run: Fault['run'], more: Partial<Fault> = {}): Fault => ({
  id: 'F00',
  title: 'nothing at all',
  by: 'nobody',
  run,
  ...more,
})

const carriedOut = (wanted: Fault) => carryOut(wanted, { seed: 1, isQuick: true })

describe('a fault', () => {
  it.each<[string, Fault, { outcome: string; reasons: string[] }]>([
    ['passes when nothing is wrong', fault(async () => {}), { outcome: 'passed', reasons: [] }],
    [
      'fails for what it did not find',
      fault(async () => ensure(false, 'the log is missing')),
      { outcome: 'failed', reasons: ['the log is missing'] },
    ],
    [
      'fails when its time is over',
      fault(() => new Promise(() => {}), { minutes: 0 }),
      { outcome: 'failed', reasons: ['it was not done within 0 minutes'] },
    ],
    [
      'says why it cannot be injected',
      fault(async () => {
        throw new NotHere('no file system can be mounted here')
      }),
      { outcome: 'not here', reasons: ['no file system can be mounted here'] },
    ],
  ])('%s', async (_, wanted, result) => expect(await carriedOut(wanted)).toMatchObject(result))

  it('makes no world any more when its time is over', async () => {
    let late: Promise<unknown> = Promise.resolve()
    let go = () => {}
    const over = new Promise<void>(resolve => {
      go = resolve
    })
    const slow = fault(
      async context => {
        late = over.then(() => context.world())
        await late
      },
      { minutes: 0 },
    )
    await carriedOut(slow)
    go()
    await expect(late).rejects.toThrow('its time is over')
  })

  it('has the same chances for the same seed', async () => {
    const drawn: number[] = []
    const draw = fault(async context => void drawn.push(context.between(0, 1_000_000)))
    await carriedOut(draw)
    await carriedOut(draw)
    expect(drawn[0]).toBe(drawn[1])
  })
})
