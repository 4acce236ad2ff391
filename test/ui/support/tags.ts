export type Tag = { name: string; attributes: Record<string, string> }

/** A small tokenizer for the markup we make: quoted attributes only, raw text in none but `script` and `style`. */
export const parseFragmentAttributes = (html: string): Tag[] => {
  const tags: Tag[] = []
  const tag = /<([a-zA-Z][\w:-]*)((?:\s+[^\s=>"'/]+(?:="[^"]*")?)*)\s*\/?>/g
  for (const [, name = '', rest = ''] of html.matchAll(tag)) {
    const attributes: Record<string, string> = {}
    for (const [, key = '', value = ''] of rest.matchAll(/([^\s=>"'/]+)(?:="([^"]*)")?/g))
      attributes[key] = value
    tags.push({ name: name.toLowerCase(), attributes })
  }
  return tags
}
