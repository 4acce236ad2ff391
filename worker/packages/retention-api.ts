import * as z from 'zod'
import type { Call } from '../http/call.ts'
import { pageOf } from '../http/paging.ts'
import { type Route, route } from '../http/route.ts'
import { isoTime } from '../http/values.ts'
import { parseDays, previewRetention } from './retention.ts'
import { runRetention } from './retention-commands.ts'

const retentionInput = z.object({ Days: z.number() })

const preview = async (call: Call) => {
  const days = parseDays(call.query.integer('days', 30, { min: 1, max: 36_500 }))
  const report = await previewRetention(call.db, call.space.id, days, call.now, pageOf(call.query))
  return {
    Days: report.days,
    TotalCount: report.total,
    TotalBytes: report.bytes,
    Packages: report.packages.map(each => ({
      Id: each.id,
      PackageId: each.packageId,
      Version: each.version,
      PackageSizeBytes: each.sizeBytes,
      Published: isoTime(each.publishedAt),
    })),
    Kept: { UsedByReleases: report.kept.used, NewestVersions: report.kept.newest },
    Younger: report.younger,
  }
}

const run = async (call: Call<z.output<typeof retentionInput>>) => {
  const { deleted, bytes, isMoreLeft } = await runRetention(
    call,
    call.space.id,
    parseDays(call.body.Days),
  )
  return { DeletedCount: deleted, DeletedBytes: bytes, IsMoreLeft: isMoreLeft }
}

/** Declared before `/packages/{id}`. */
export const retentionRoutes: Route[] = [
  route({
    method: 'GET',
    area: 'space',
    path: '/packages/retention',
    permission: 'FeedView',
    summary: 'What a retention of so many days would delete, and what it would keep and why',
    handler: preview,
  }),
  route({
    method: 'POST',
    area: 'space',
    path: '/packages/retention',
    permission: 'BuiltInFeedAdminister',
    schema: retentionInput,
    summary: 'Delete packages older than so many days that no release uses',
    handler: run,
  }),
]
