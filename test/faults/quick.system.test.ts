import { afterAll, describe, expect, it } from 'vitest'
import { FAULTS } from './catalogue.ts'
import { carryOut } from './fault.ts'
import { removeBuilds } from './world/build.ts'

/** A minute of the suite: the rest, and all rounds of these, are run by `npm run faults`. */
const OF_EACH_KIND = ['F01', 'F02', 'F06', 'F20', 'F34', 'F48', 'F50', 'F53']

describe('after a fault nothing is lost and nothing has run twice', () => {
  afterAll(removeBuilds)

  it.each(FAULTS.filter(({ id }) => OF_EACH_KIND.includes(id)))(
    '$id: $title',
    async fault => {
      const { outcome, reasons } = await carryOut(fault, { seed: 1, isQuick: true })
      expect({ outcome, reasons }).toEqual({ outcome: 'passed', reasons: [] })
    },
    240_000,
  )
})
