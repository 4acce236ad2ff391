import * as z from 'zod'
import type { users } from './schema.ts'

export type UserRow = typeof users.$inferSelect

const text = z.string().max(256).nullish()

export const userInput = z.object({
  Username: z
    .string({ error: 'A user needs a username.' })
    .trim()
    .min(1, 'A user needs a username.')
    .max(63, 'may have 63 characters.'),
  DisplayName: text,
  EmailAddress: text,
  IsActive: z.boolean().nullish(),
  IsService: z.boolean().nullish(),
  Password: z.string().max(1_000).nullish(),
})
export type UserInput = z.output<typeof userInput>

export const apiKeyInput = z.object({
  Purpose: z
    .string({ error: 'Say in Purpose what the key is for.' })
    .trim()
    .min(1, 'Say in Purpose what the key is for.')
    .max(200, 'may have 200 characters.'),
  Expires: z.iso
    .datetime({ offset: true, error: 'must be an instant such as 2027-01-31T00:00:00Z.' })
    .nullish(),
})
export type ApiKeyInput = z.output<typeof apiKeyInput>

export const userResource = (row: UserRow, viewerId: string) => {
  const self = `/api/users/${row.id}`
  return {
    Id: row.id,
    Username: row.username,
    DisplayName: row.displayName,
    EmailAddress: row.email,
    IsActive: row.isActive,
    IsService: row.isService,
    IsRequestor: row.id === viewerId,
    CanPasswordBeEdited: !row.isService,
    Identities: [],
    Links: {
      Self: self,
      ApiKeys: `${self}/apikeys{/id}{?skip,take}`,
      Permissions: `${self}/permissions`,
      PermissionsConfiguration: `${self}/permissions/configuration`,
      Spaces: `${self}/spaces`,
      Teams: `${self}/teams`,
    },
  }
}
