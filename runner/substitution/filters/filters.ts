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
