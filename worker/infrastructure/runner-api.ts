import { eq, sql } from 'drizzle-orm'
import { collection, pageOf } from '../http/paging.ts'
import { created, type Route, route } from '../http/route.ts'
import { isoTime, isoTimeOrNull } from '../http/values.ts'
import { runners } from '../runners/schema.ts'
import { createEnrolmentToken, enrolmentInput } from './enrolment.ts'
import { machineFacts } from './target.ts'

const space = { area: 'space' } as const

export const runnerApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/runners',
    permission: 'MachineView',
    summary: 'List runners by name: when each was last heard of, and what it says of its machine',
    handler: async call => {
      const page = pageOf(call.query)
      const here = eq(runners.spaceId, call.space.id)
      const [rows, total] = await Promise.all([
        call.db
          .select({
            id: runners.id,
            name: runners.name,
            facts: runners.facts,
            createdAt: runners.createdAt,
            lastSeenAt: runners.lastSeenAt,
            revokedAt: runners.revokedAt,
            pendingTargetId: runners.pendingTargetId,
            quarantinedAt: runners.quarantinedAt,
            quarantineReason: runners.quarantineReason,
            targetIds: sql<string>`(SELECT json_group_array(id) FROM targets
              WHERE runner_id = runners.id)`,
            workerIds: sql<string>`(SELECT json_group_array(id) FROM workers
              WHERE runner_id = runners.id)`,
          })
          .from(runners)
          .where(here)
          .orderBy(runners.name, runners.id)
          .limit(page.take)
          .offset(page.skip),
        call.db.$count(runners, here),
      ])
      const items = rows.map(row => ({
        Id: row.id,
        SpaceId: call.space.id,
        Name: row.name,
        Created: isoTime(row.createdAt),
        LastSeen: isoTimeOrNull(row.lastSeenAt),
        IsRevoked: row.revokedAt !== null,
        PendingTargetId: row.pendingTargetId,
        Quarantined: isoTimeOrNull(row.quarantinedAt),
        QuarantineReason: row.quarantineReason,
        Facts: machineFacts(row.facts),
        TargetIds: JSON.parse(row.targetIds),
        WorkerIds: JSON.parse(row.workerIds),
      }))
      return collection('Runner', items, total, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/runners/enrolment-tokens',
    // MachineCreate for targets, WorkerEdit for pool members: the command knows which is asked.
    permission: 'signed-in',
    schema: enrolmentInput,
    summary: 'Make a single-use token with which one runner registers itself',
    handler: async call => created(await createEnrolmentToken(call, call.space.id, call.body)),
  }),
]
