import { useFrame } from '../frame.tsx'
import { withQuery } from '../links.ts'

/** Which part of a list this is. `page` counts from 1. */
export type Paging = { page: number; pageSize: number; total: number }

export const Pagination = ({ paging, noun }: { paging: Paging; noun: string }) => {
  const { path } = useFrame()
  const { page, pageSize, total } = paging
  const pages = Math.max(1, Math.ceil(total / pageSize))
  if (total <= pageSize && page === 1) return null
  const first = Math.min(total, (page - 1) * pageSize + 1)
  const to = (n: number) => withQuery(path, 'page', n === 1 ? undefined : String(n))
  return (
    <nav class="pagination" aria-label={`Pages of ${noun}`}>
      <span class="faint">
        {first}–{Math.min(total, page * pageSize)} of {total} {noun}
      </span>
      <span class="pagination-links">
        {page > 1 ? (
          <a class="button button-plain button-small" href={to(page - 1)} rel="prev">
            Previous
          </a>
        ) : (
          <span class="button button-plain button-small" aria-disabled="true">
            Previous
          </span>
        )}
        <span>
          Page {page} of {pages}
        </span>
        {page < pages ? (
          <a class="button button-plain button-small" href={to(page + 1)} rel="next">
            Next
          </a>
        ) : (
          <span class="button button-plain button-small" aria-disabled="true">
            Next
          </span>
        )}
      </span>
    </nav>
  )
}
