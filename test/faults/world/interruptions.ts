import { until } from './processes.ts'
import type { Deployed, World } from './world.ts'

type Json = ReturnType<typeof JSON.parse>

/** The question a deployment asks now. */
export const question = (world: World, { task }: Deployed, withinMs = 60_000): Promise<Json> =>
  until(
    `${task} asks a person`,
    async () => {
      const { Items } = await world.api.get(`/api/Spaces-1/interruptions?regarding=${task}`)
      return Items.find((each: Json) => each.IsPending)
    },
    withinMs,
    100,
  )

/** Takes responsibility, then answers. */
export const answer = async (world: World, { Id }: Json, choice: string): Promise<void> => {
  await world.api.put(`/api/Spaces-1/interruptions/${Id}/responsible`, {})
  await world.api.post(`/api/Spaces-1/interruptions/${Id}/submit`, {
    Guidance: choice,
    Notes: 'as the fault suite says',
  })
}
