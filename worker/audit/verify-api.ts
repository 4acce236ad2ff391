import type { Call } from '../http/call.ts'
import { type Route, route } from '../http/route.ts'
import { storedAnchors } from './anchors.ts'
import { type Verification, verifyChain } from './verify.ts'

/** The part of the chain that one request looks at. */
export const verifyPart = (
  { env, db }: Pick<Call, 'env' | 'db'>,
  from: number,
): Promise<Verification> => verifyChain(db, env.MASTER_KEY, storedAnchors(env.STORE), { from })

const resource = (found: Verification) => ({
  State: { verified: 'Verified', continues: 'Continues', broken: 'Broken' }[found.state],
  RowsVerified: found.rows,
  VerifiedUpTo: found.upTo,
  SealedUpTo: found.sealedUpTo,
  Unsealed: found.unsealed,
  FirstBad: found.firstBad
    ? {
        EventId: `Events-${found.firstBad.sequence}`,
        Sequence: found.firstBad.sequence,
        Kind: found.firstBad.kind,
        Message: found.firstBad.message,
      }
    : null,
  MissingGuards: found.missingGuards,
  Links: {
    ...(found.next !== undefined && { 'Page.Next': `/api/audit/verify?from=${found.next}` }),
  },
})

/** For whoever may see the record of the whole installation: the chain runs through all spaces. */
export const verifyRoute: Route = route({
  method: 'GET',
  area: 'system',
  path: '/audit/verify',
  permission: 'EventView',
  summary: 'Follow the chain of the audit record, 5,000 rows a call; from: go on behind that row',
  handler: async call => {
    const from = call.query.integer('from', 0, { min: 0, max: Number.MAX_SAFE_INTEGER })
    return resource(await verifyPart(call, from))
  },
})
