import { expect, it } from 'vitest'
import { dispatchRequest } from '../../../worker/deployments/dispatch.ts'
import { Locks } from '../../../worker/runners/locks.ts'
import { objectSql } from '../../support/object-sql.ts'
import { step } from './process.ts'
import { Stage } from './stage.ts'

const task = (number: number) => ({
  id: `ServerTasks-${number}`,
  description: `Deploy release ${number}`,
  queuedAt: 0,
  concurrencyKey: `key ${number}`,
})
const request = (number: number, sharesTargets: boolean) => {
  const { state } = new Stage([step('Publish', 'web')], undefined, { id: `Deployments-${number}` })
  const asked = dispatchRequest(state, { task: task(number), sharesTargets })
  if (!asked) throw new Error('nothing waits')
  return asked
}
const held =
  'web-1 is in use by ServerTasks-1 (Deploy release 1), web-2 is in use by ServerTasks-1 (Deploy release 1)'

it.each([
  { first: false, second: false, waits: held },
  { first: true, second: false, waits: held },
  { first: false, second: true, waits: held },
  { first: true, second: true, waits: undefined },
])(
  'deployments work on the same targets side by side only when both say so: $first, $second',
  ({ first, second, waits }) => {
    const locks = new Locks(objectSql())
    expect(locks.acquire(request(1, first), 1)).toBeUndefined()
    expect(locks.acquire(request(2, second), 2)).toBe(waits)
  },
)
