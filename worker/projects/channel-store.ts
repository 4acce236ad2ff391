import { and, asc, count, desc, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Page } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { releases } from '../releases/schema.ts'
import { channels } from './schema.ts'
import { contains, spelledAs } from './store.ts'
import { within } from './visibility.ts'

export type ChannelRow = typeof channels.$inferSelect

/** By id; within a project also by slug or name. Letter case does not matter. */
export const findChannel = async (
  db: Database,
  spaceId: string,
  reference: string,
  projectId?: string,
): Promise<ChannelRow | undefined> => {
  const slug = reference.toLowerCase()
  const byId = eq(channels.id, spelledAs('Channels', reference))
  const [row] = await db
    .select()
    .from(channels)
    .where(
      and(
        eq(channels.spaceId, spaceId),
        projectId === undefined
          ? byId
          : and(
              eq(channels.projectId, projectId),
              or(byId, eq(channels.slug, slug), eq(channels.name, reference)),
            ),
      ),
    )
    .orderBy(sql`${byId} DESC, ${channels.slug} = ${slug} DESC`)
    .limit(1)
  return row
}

/** @throws Problem `not_found` */
export const getChannel = async (
  db: Database,
  spaceId: string,
  reference: string,
  projectId?: string,
): Promise<ChannelRow> => {
  const channel = await findChannel(db, spaceId, reference, projectId)
  if (!channel) throw notFound(reference)
  return channel
}

export type ChannelFilter = {
  projectId?: string | undefined
  partialName?: string | undefined
  ids?: string[] | undefined
  /** Projects the caller's roles are limited to. */
  visible?: string[] | undefined
}

/** The default one first, then by name. */
export const listChannels = async (
  db: Database,
  spaceId: string,
  page: Page,
  filter: ChannelFilter = {},
): Promise<{ rows: ChannelRow[]; total: number }> => {
  const where = and(
    eq(channels.spaceId, spaceId),
    filter.projectId !== undefined ? eq(channels.projectId, filter.projectId) : undefined,
    contains(channels.name, filter.partialName),
    within(channels.id, filter.ids),
    within(channels.projectId, filter.visible),
  )
  const [rows, [counted]] = await db.batch([
    db
      .select()
      .from(channels)
      .where(where)
      .orderBy(desc(channels.isDefault), asc(channels.name))
      .limit(page.take)
      .offset(page.skip),
    db.select({ total: count() }).from(channels).where(where),
  ])
  return { rows, total: counted?.total ?? 0 }
}

/** Every channel of one project: there is at least the default one. */
export const channelsOf = (db: Database, projectId: string): Promise<ChannelRow[]> =>
  db
    .select()
    .from(channels)
    .where(eq(channels.projectId, projectId))
    .orderBy(desc(channels.isDefault), asc(channels.name))
    .limit(1_000)

/** How many releases each channel of a project has. */
export const countReleases = async (
  db: Database,
  projectId: string,
): Promise<ReadonlyMap<string, number>> => {
  const rows = await db
    .select({ id: releases.channelId, total: count() })
    .from(releases)
    .where(eq(releases.projectId, projectId))
    .groupBy(releases.channelId)
  return new Map(rows.map(({ id, total }) => [id, total]))
}
