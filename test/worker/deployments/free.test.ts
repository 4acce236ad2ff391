import { describe, expect, it } from 'vitest'
import { free } from '../../../worker/deployments/free.ts'

describe('bytes that nobody needs any more', () => {
  it('give their memory back at once', () => {
    const bytes = new ArrayBuffer(1_048_576)
    free(bytes)
    expect([bytes.byteLength, bytes.detached]).toEqual([0, true])
  })

  it('stay where they are when they are a view, which may be part of somebody else’s', () => {
    const whole = new Uint8Array([1, 2, 3])
    free(whole.subarray(1))
    expect([...whole]).toEqual([1, 2, 3])
  })

  it('may have been given back before, or never have been there', () => {
    const bytes = new ArrayBuffer(8)
    free(bytes)
    expect(() => free(bytes)).not.toThrow()
    expect(() => free(null)).not.toThrow()
  })
})
