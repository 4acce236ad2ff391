import { AuditPage, type AuditRow } from '../../ui/audit/audit-page.tsx'
import type { ChainState } from '../../ui/audit/chain.tsx'
import { withQuery } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { ROLES } from '../access/roles.ts'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import type { Route } from '../http/route.ts'
import { lastSeal } from './seals.ts'
import { countEvents, type EventRow, listCategories, listEvents } from './store.ts'
import { verifyPart } from './verify-api.ts'

const audit = async (call: PageCall) => {
  const { db, principal, query, space } = call
  const isEverywhere = permits(principal, 'EventView', {})
  const regarding = query.text('regarding')?.trim()
  const category = query.text('category')
  const { page: part, paging } = pageIn(query)
  const [{ rows, total }, categories, chain] = await Promise.all([
    listEvents(
      db,
      {
        grants: principal.grants.filter(({ roleId }) => ROLES[roleId]?.has('EventView')),
        spaceId: isEverywhere ? undefined : space.id,
        regarding: regarding ? [regarding] : undefined,
        categories: category ? [category] : undefined,
      },
      part,
    ),
    listCategories(db),
    isEverywhere ? chainOf(call) : undefined,
  ])
  return (
    <AuditPage
      frame={{ ...call.frame, path: withQuery(call.frame.path, 'verify', undefined) }}
      rows={rows.map(shownRow)}
      paging={paging(total)}
      filter={{ regarding: regarding ?? '', category: category ?? '' }}
      categories={categories}
      chain={chain}
    />
  )
}

const shownRow = (row: EventRow): AuditRow => ({
  id: `Events-${row.sequence}`,
  at: row.occurredAt,
  username: row.username,
  establishedWith: row.establishedWith,
  address: row.address,
  category: row.category,
  message: row.message,
})

/** With `verify` in the address the walk goes on behind that row; else only what is known is told. */
const chainOf = async (call: PageCall): Promise<ChainState> => {
  const from = call.query.text('verify')
  const total = await countEvents(call.db)
  if (from === undefined)
    return { type: 'unchecked', sealedUpTo: (await lastSeal(call.db))?.sequence ?? 0, total }
  const { state, upTo, unsealed, missingGuards, firstBad } = await verifyPart(
    call,
    call.query.integer('verify', 0, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  )
  if (firstBad) {
    const { sequence, message } = firstBad
    return { type: 'broken', sequence, message, goodUpTo: Math.min(upTo, sequence - 1) }
  }
  return state === 'continues'
    ? { type: 'underway', upTo, total }
    : { type: 'verified', upTo, total, unsealed, missingGuards: missingGuards.length }
}

export const auditPages: Route[] = [
  page({ path: '/configuration/audit', permission: 'EventView', handler: audit }),
]
