import type { Filter } from './filter.ts'

/** Filters of dates. */
export const DATE_FILTERS: Record<string, Filter> = {}
