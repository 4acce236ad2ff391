import * as z from 'zod'

/** Fields as clients really send them: null and absent mean the same. */
export const flag = z
  .boolean()
  .nullish()
  .transform(value => value ?? false)

export const line = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .transform(value => value ?? '')

export const optionalText = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .transform(value => value || null)

export const idList = (max: number) =>
  z
    .array(z.string().min(1).max(200))
    .max(max)
    .nullish()
    .transform(value => [...new Set(value ?? [])])

export const requiredName = (what: string) =>
  z
    .string({ error: `${what} needs a name.` })
    .trim()
    .min(1, `${what} needs a name.`)
    .max(200, 'may have 200 characters.')

/** In any letter case; empty or absent means the first. */
export const oneOf = <T extends string>(known: readonly [T, ...T[]]) =>
  z
    .string()
    .nullish()
    .transform((value, context): T => {
      if (!value) return known[0]
      const found = known.find(each => each.toLowerCase() === value.toLowerCase())
      if (found) return found
      context.addIssue(`must be ${known.join(', ')}; found '${value.slice(0, 100)}'.`)
      return z.NEVER
    })
