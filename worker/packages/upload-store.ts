import { and, asc, count, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Database, Write } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { packageUploadParts, packageUploads } from './schema.ts'
import type { UploadRow } from './upload-session.ts'

export type PartRow = typeof packageUploadParts.$inferSelect

/** Uploads are their sender's: for anybody else there is none.
 *  @throws Problem `not_found` */
export const getUpload = async (
  db: Database,
  spaceId: string,
  userId: string,
  id: string,
): Promise<{ upload: UploadRow; parts: PartRow[] }> => {
  const [[upload], parts] = await db.batch([
    db
      .select()
      .from(packageUploads)
      .where(
        and(
          eq(packageUploads.id, id),
          eq(packageUploads.spaceId, spaceId),
          eq(packageUploads.userId, userId),
        ),
      ),
    db
      .select()
      .from(packageUploadParts)
      .where(eq(packageUploadParts.uploadId, id))
      .orderBy(asc(packageUploadParts.number)),
  ])
  if (!upload) throw notFound(id)
  return { upload, parts }
}

export const countOpenUploads = async (db: Database, spaceId: string): Promise<number> => {
  const [row] = await db
    .select({ total: count() })
    .from(packageUploads)
    .where(and(eq(packageUploads.spaceId, spaceId), isNull(packageUploads.packageId)))
  return row?.total ?? 0
}

export const insertUpload = (db: Database, row: UploadRow): Write =>
  db.insert(packageUploads).values(row)

/** A part that is sent again takes the place of the first. */
export const storePart = (db: Database, part: PartRow, now: number): Write[] => [
  db
    .insert(packageUploadParts)
    .values(part)
    .onConflictDoUpdate({
      target: [packageUploadParts.uploadId, packageUploadParts.number],
      set: { etag: sql`excluded.etag` },
    }),
  db.update(packageUploads).set({ touchedAt: now }).where(eq(packageUploads.id, part.uploadId)),
]

export const finishUpload = (db: Database, id: string, packageId: string): Write =>
  db.update(packageUploads).set({ packageId }).where(eq(packageUploads.id, id))

export const removeUpload = (db: Database, id: string): Write =>
  db.delete(packageUploads).where(eq(packageUploads.id, id))

/** Those that nobody has touched since `before`. */
export const staleUploads = (db: Database, before: number, limit: number): Promise<UploadRow[]> =>
  db.select().from(packageUploads).where(lt(packageUploads.touchedAt, before)).limit(limit)
