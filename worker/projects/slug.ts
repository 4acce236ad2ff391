import { slugOf } from '../database/slug.ts'

/** The slug of a name, with a number behind it when others have it already. */
export const freeSlug = (name: string, taken: ReadonlySet<string>): string => {
  const slug = slugOf(name)
  if (!taken.has(slug)) return slug
  for (let number = 2; number <= taken.size + 1; number++)
    if (!taken.has(`${slug}-${number}`)) return `${slug}-${number}`
  return `${slug}-${taken.size + 2}`
}
