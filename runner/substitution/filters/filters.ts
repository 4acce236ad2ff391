import { DATE_FILTERS } from './date-filters.ts'
import { ENCODING_FILTERS } from './encoding-filters.ts'
import { ESCAPE_FILTERS } from './escape-filters.ts'
import type { Filter } from './filter.ts'
import { markdown } from './markdown.ts'
import { TEXT_FILTERS } from './text-filters.ts'
import { uriPart } from './uri-part.ts'
import { VERSION_FILTERS } from './version-filters.ts'

export type { Filter, FilterContext } from './filter.ts'

/** All built-in filters by lower-case name.
 *  @see https://octopus.com/docs/projects/variables/variable-filters */
export const FILTERS: ReadonlyMap<string, Filter> = new Map(
  Object.entries<Filter>({
    ...TEXT_FILTERS,
    ...ESCAPE_FILTERS,
    ...ENCODING_FILTERS,
    ...DATE_FILTERS,
    ...VERSION_FILTERS,
    Markdown: markdown,
    MarkdownToHtml: markdown,
    UriPart: uriPart,
    null: () => undefined,
  }).map(([name, filter]) => [name.toLowerCase(), filter]),
)

/** Steps for each character of input and options: at most so much do the filters do with them that
 *  do more than copy them. Markdown, hashes and regular expressions say themselves what they cost. */
const COSTS: ReadonlyMap<string, number> = new Map(
  [
    ...['ToUpper', 'ToLower'].map(name => [name, 2] as const),
    ...Object.keys(ESCAPE_FILTERS).map(name => [name, 1.5] as const),
    ...['ToBase64', 'FromBase64', 'Trim', 'Indent', 'UriPart'].map(name => [name, 1] as const),
  ].map(([name, cost]) => [name.toLowerCase(), cost] as const),
)
const COPY = 1 / 64

/** Steps for each character that a filter is given. */
export const costOf = (name: string): number => COSTS.get(name) ?? COPY
