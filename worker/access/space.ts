import * as z from 'zod'
import { managersTeamOf, type SpaceRow } from './space-store.ts'

export const spaceInput = z.object({
  Name: z
    .string({ error: 'A space needs a name.' })
    .trim()
    .min(1, 'A space needs a name.')
    .max(50, 'may have 50 characters.'),
  Slug: z.string().max(50).nullish(),
  Description: z.string().max(20_000).nullish(),
  TaskQueueStopped: z.boolean().nullish(),
  SpaceManagersTeams: z.array(z.string().max(100)).max(100).nullish(),
  SpaceManagersTeamMembers: z.array(z.string().max(100)).max(1_000).nullish(),
})
export type SpaceInput = z.output<typeof spaceInput>

export const spaceResource = (row: SpaceRow, managers: string[]) => ({
  Id: row.id,
  Name: row.name,
  Slug: row.slug,
  Description: row.description,
  IsDefault: row.isDefault,
  TaskQueueStopped: row.taskQueueStopped,
  SpaceManagersTeams: [managersTeamOf(row.id)],
  SpaceManagersTeamMembers: managers,
  ExtensionSettings: [],
  Links: {
    Self: `/api/spaces/${row.id}`,
    SpaceHome: `/api/${row.id}`,
    Web: `/app#/${row.id}`,
  },
})
