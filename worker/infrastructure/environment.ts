import * as z from 'zod'
import type { EnvironmentRow } from './environment-store.ts'

export const name = (what: string) =>
  z
    .string({ error: `${what} needs a name.` })
    .trim()
    .min(1, `${what} needs a name.`)
    .max(200, 'may have 200 characters.')

export const environmentInput = z.object({
  Name: name('An environment'),
  Slug: z.string().max(200).nullish(),
  Description: z.string().max(20_000).nullish(),
  SortOrder: z.number().int().min(0).max(1_000_000).nullish(),
  UseGuidedFailure: z.boolean().nullish(),
  AllowDynamicInfrastructure: z.boolean().nullish(),
})
export type EnvironmentInput = z.output<typeof environmentInput>

export const environmentResource = (row: EnvironmentRow) => {
  const self = `/api/${row.spaceId}/environments/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Slug: row.slug,
    Description: row.description,
    SortOrder: row.sortOrder,
    UseGuidedFailure: row.useGuidedFailure,
    AllowDynamicInfrastructure: row.allowDynamicInfrastructure,
    ExtensionSettings: [],
    Links: {
      Self: self,
      Machines: `${self}/machines{?skip,take,partialName,roles,isDisabled,healthStatuses}`,
    },
  }
}
