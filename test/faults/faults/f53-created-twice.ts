import { ensure, type Fault } from '../fault.ts'
import { lines } from '../world/step.ts'

export const fault: Fault = {
  id: 'F53',
  title: 'a double click, a retry with the same key, and the same key with another body',
  by: 'client',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    await world.project('Shop', [{ body: lines(3) }])
    const rounds = context.rounds(20, 3)
    for (let round = 0; round < rounds; round++) {
      const key = `click-${round}`
      const clicks = await Promise.all(
        Array.from({ length: 2 + (round % 3) }, () => world.create('Shop', { key })),
      )
      const made = new Set(clicks.flatMap(({ deployed }) => deployed?.id ?? []))
      ensure(made.size === 1, `${clicks.length} clicks made ${made.size} deployments`)
      const again = await world.create('Shop', { key })
      ensure(again.deployed && made.has(again.deployed.id), `a retry was answered ${again.status}`)
      const other = await world.create('Shop', { key, body: { Comments: 'another' } })
      ensure(
        other.status === 409 || other.status === 422,
        `the same key with another body was answered ${other.status}`,
      )
      await world.end(again.deployed)
    }
    context.figure('double clicks', rounds, 'rounds')
  },
}
