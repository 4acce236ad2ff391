import * as z from 'zod'

export const libraryInput = z.object({
  Name: z
    .string({ error: 'a library variable set needs a name.' })
    .trim()
    .min(1, 'a library variable set needs a name.')
    .max(200, 'may have 200 characters.'),
  Description: z
    .string()
    .max(10_000)
    .nullish()
    .transform(value => value ?? ''),
  ContentType: z
    .string()
    .nullish()
    .refine(value => !value || value.toLowerCase() === 'variables', {
      error: 'must be Variables; script modules are not there yet.',
    }),
})
export type LibraryInput = z.output<typeof libraryInput>
