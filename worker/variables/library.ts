import * as z from 'zod'

/** A set of variables, or one script that steps can call. */
export const CONTENT_TYPES = ['Variables', 'ScriptModule'] as const
export type LibraryContent = (typeof CONTENT_TYPES)[number]

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
    .transform((value, context): LibraryContent => {
      const type = CONTENT_TYPES.find(each => each.toLowerCase() === (value ?? '').toLowerCase())
      if (!type && value) context.addIssue(`must be ${CONTENT_TYPES.join(' or ')}.`)
      return type ?? 'Variables'
    }),
})
export type LibraryInput = z.output<typeof libraryInput>
