/** The part of a name that fits a URL: `Ship it: Café!` becomes `ship-it-cafe`. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 100)
    .replace(/^-|-$/g, '') || 'unnamed'

/** The slug of a name, with a number behind it when others have it already. */
export const freeSlug = (name: string, taken: ReadonlySet<string>): string => {
  const slug = slugOf(name)
  if (!taken.has(slug)) return slug
  for (let number = 2; number <= taken.size + 1; number++)
    if (!taken.has(`${slug}-${number}`)) return `${slug}-${number}`
  return `${slug}-${taken.size + 2}`
}
