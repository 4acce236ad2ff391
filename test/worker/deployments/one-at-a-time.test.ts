import { describe, expect, it } from 'vitest'
import { OneAtATime } from '../../../worker/deployments/one-at-a-time.ts'

describe('work that is done one at a time', () => {
  const started: PromiseWithResolvers<void>[] = []
  const begin = (most?: number) => {
    started.length = 0
    return new OneAtATime(() => {
      const gate = Promise.withResolvers<void>()
      started.push(gate)
      return gate.promise
    }, most)
  }
  const settled = () => new Promise(resolve => setImmediate(resolve))

  it('is done once for all who ask before it begins to be done', async () => {
    const turns = begin()
    const whole = turns.do()
    expect(started).toHaveLength(1)
    expect(turns.running).toBe(whole)
    started[0]?.resolve()
    await whole
    expect(started).toHaveLength(1)
    expect(turns.running).toBeUndefined()
  })

  it('is done once more for all who ask meanwhile', async () => {
    const turns = begin()
    const whole = turns.do()
    expect(turns.do()).toBe(whole)
    expect(turns.do()).toBe(whole)
    started[0]?.resolve()
    await settled()
    expect(started).toHaveLength(2)
    started[1]?.resolve()
    await whole
    expect(started).toHaveLength(2)
  })

  it('stops after so many in a row, and begins again when asked again', async () => {
    const turns = begin(1)
    const whole = turns.do()
    turns.do()
    started[0]?.resolve()
    await whole
    expect(started).toHaveLength(1)
    const next = turns.do()
    started[1]?.resolve()
    await next
    expect(started).toHaveLength(2)
  })

  it('tells of a failure, and can be asked again', async () => {
    const turns = begin()
    const whole = turns.do()
    started[0]?.reject(new Error('the disk is full'))
    await expect(whole).rejects.toThrow('the disk is full')
    const next = turns.do()
    started[1]?.resolve()
    await next
  })
})
