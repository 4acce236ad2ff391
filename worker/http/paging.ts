import type { Query } from './query.ts'

export type Page = { skip: number; take: number }

const DEFAULT_TAKE = 30
/** A client that asks for "all" sends the largest 32-bit number; a page is never longer than this. */
const MAX_TAKE = 10_000

export const pageOf = (query: Query): Page => ({
  skip: query.integer('skip', 0, { min: 0, max: 2_147_483_647 }),
  take: query.integer('take', DEFAULT_TAKE, { min: 1, max: MAX_TAKE }),
})

const NOT_REPEATED = new Set(['apikey', 'skip', 'take'])

/** The collection document clients page through; `Page.Next` is absent on the last page. */
export const collection = <T>(
  itemType: string,
  items: T[],
  total: number,
  page: Page,
  url: string,
) => {
  const { pathname, searchParams } = new URL(url)
  const at = (skip: number) => {
    const search = new URLSearchParams(
      [...searchParams].filter(([name]) => !NOT_REPEATED.has(name.toLowerCase())),
    )
    search.set('skip', String(skip))
    search.set('take', String(page.take))
    return `${pathname}?${search}`
  }
  const last = total === 0 ? 0 : Math.floor((total - 1) / page.take)
  return {
    ItemType: itemType,
    IsStale: false,
    TotalResults: total,
    ItemsPerPage: page.take,
    NumberOfPages: last + 1,
    LastPageNumber: last,
    Items: items,
    Links: {
      Self: at(page.skip),
      Template: `${pathname}{?skip,take}`,
      'Page.All': `${pathname}?skip=0&take=2147483647`,
      'Page.Current': at(page.skip),
      'Page.Last': at(last * page.take),
      ...(page.skip + page.take < total && { 'Page.Next': at(page.skip + page.take) }),
    },
  }
}
