import { describe, expect, it } from 'vitest'
import type { Fault } from './fault.ts'
import { inOrder } from './order.ts'

const fault = (id: string, more: Partial<Fault> = {}): Fault => ({
  id,
  title: '',
  by: '',
  run: async () => {},
  ...more,
})

/** Which were begun while which others were under way. */
const carriedOut = async (faults: Fault[]): Promise<string[]> => {
  const underWay = new Set<string>()
  const begun: string[] = []
  await inOrder(faults, async ({ id }) => {
    underWay.add(id)
    begun.push([...underWay].join('+'))
    await new Promise(resolve => setImmediate(resolve))
    underWay.delete(id)
  })
  return begun
}

describe('the order of faults', () => {
  it('does two at once, those that may take longest first', async () =>
    expect(await carriedOut([fault('F01'), fault('F02'), fault('F03', { minutes: 9 })])).toEqual([
      'F03',
      'F03+F01',
      'F01+F02',
    ]))

  it('does four at once that mostly wait', async () => {
    const patient = ['F01', 'F02', 'F03', 'F04'].map(id => fault(id, { isPatient: true }))
    expect((await carriedOut(patient)).at(-1)).toBe('F01+F02+F03+F04')
  })

  it('does those that measure last, each by itself', async () =>
    expect(
      await carriedOut([
        fault('F01', { isAlone: true }),
        fault('F02', { isAlone: true }),
        fault('F03'),
      ]),
    ).toEqual(['F03', 'F01', 'F02']))
})
