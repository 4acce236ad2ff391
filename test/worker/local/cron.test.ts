import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCron } from '../../../worker/local/cron.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the cron tick', () => {
  it('runs the schedule every 30 s until it is stopped', async () => {
    const tick = vi.fn(async () => new Response(null, { status: 204 }))
    const stop = startCron(tick, () => undefined)
    await vi.advanceTimersByTimeAsync(90_000)
    expect(tick).toHaveBeenCalledTimes(3)
    await stop()
    await vi.advanceTimersByTimeAsync(90_000)
    expect(tick).toHaveBeenCalledTimes(3)
  })

  it('never runs it twice at once', async () => {
    let finish: (response: Response) => void = () => undefined
    const tick = vi.fn(() => new Promise<Response>(resolve => (finish = resolve)))
    const stop = startCron(tick, () => undefined)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(tick).toHaveBeenCalledTimes(1)
    finish(new Response(null, { status: 204 }))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(tick).toHaveBeenCalledTimes(2)
    await stop()
  })

  it('says once that it fails, and again after it had recovered', async () => {
    const answers = ['broken', 'broken', '', 'broken']
    const log = vi.fn()
    const tick = async () => {
      const reason = answers.shift() ?? ''
      return new Response(reason, { status: reason === '' ? 200 : 500 })
    }
    const stop = startCron(tick, log)
    await vi.advanceTimersByTimeAsync(120_000)
    await stop()
    expect(log.mock.calls.flat()).toEqual([
      'The schedule failed: 500 broken',
      'The schedule failed: 500 broken',
    ])
  })
})
