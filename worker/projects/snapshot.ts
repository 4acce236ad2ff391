import { and, eq } from 'drizzle-orm'
import { sha256Hex } from '../access/digest.ts'
import type { Database, Write } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { readSteps, type Step } from './process.ts'
import { processSnapshots } from './schema.ts'
import { getProcess } from './store.ts'

export type ProcessSnapshot = typeof processSnapshots.$inferSelect

/**
 * Freezes a project's process. The same version is the same snapshot, so it costs nothing to
 * freeze what has not changed. Its sealed properties stay sealed.
 * @returns the writes that make it; they do nothing when it is there already
 */
export const snapshotProcess = async (
  db: Database,
  project: { id: string; spaceId: string },
  now: number,
): Promise<{ id: string; steps: Step[]; writes: Write[] }> => {
  const process = await getProcess(db, project.id)
  const digest = await sha256Hex(JSON.stringify([process.version, process.steps]))
  const id = `${process.id}-s-${process.version}-${digest.slice(0, 10).toUpperCase()}`
  const insert = db
    .insert(processSnapshots)
    .values({
      id,
      spaceId: project.spaceId,
      ownerId: project.id,
      version: process.version,
      digest,
      steps: process.steps,
      createdAt: now,
    })
    .onConflictDoNothing()
  return { id, steps: readSteps(process.steps), writes: [insert] }
}

/** @throws Problem `not_found` */
export const getProcessSnapshot = async (
  db: Database,
  spaceId: string,
  id: string,
): Promise<ProcessSnapshot> => {
  const [row] = await db
    .select()
    .from(processSnapshots)
    .where(and(eq(processSnapshots.id, id), eq(processSnapshots.spaceId, spaceId)))
  if (!row) throw notFound(id)
  return row
}
