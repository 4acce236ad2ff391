import { describe, expect, it } from 'vitest'
import { Turns } from '../../../worker/access/turns.ts'

const deferred = () => Promise.withResolvers<string>()

describe('taking turns', () => {
  it('runs two at once, the third when one ends, and sends away who finds the line full', async () => {
    const turns = new Turns({ atOnce: 2, waiting: 1 })
    const jobs = [deferred(), deferred(), deferred()]
    const begun: number[] = []
    const take = (at: number) =>
      turns.take(() => {
        begun.push(at)
        return jobs[at]?.promise ?? Promise.reject(new Error('no such job'))
      })
    const taken = [take(0), take(1), take(2)]
    expect(begun).toEqual([0, 1])
    await expect(take(3)).rejects.toMatchObject({ code: 'unavailable', detail: { retryAfter: 5 } })
    jobs[1]?.resolve('second')
    expect(await taken[1]).toBe('second')
    expect(begun).toEqual([0, 1, 2])
    jobs[0]?.resolve('first')
    jobs[2]?.resolve('third')
    expect(await Promise.all(taken)).toEqual(['first', 'second', 'third'])
  })

  it('gives the place back when work fails', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 0 })
    await expect(turns.take(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await turns.take(async () => 'next')).toBe('next')
  })
})
