import { and, asc, desc, eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { notFound } from '../http/problem.ts'
import { machinePolicies } from './schema.ts'

export type PolicyRow = typeof machinePolicies.$inferSelect

/** The machine policies of a space, the default one first. */
export const listPolicies = (db: Database, spaceId: string): Promise<PolicyRow[]> =>
  db
    .select()
    .from(machinePolicies)
    .where(eq(machinePolicies.spaceId, spaceId))
    .orderBy(desc(machinePolicies.isDefault), asc(machinePolicies.name))
    .limit(1_000)

/** @throws Problem `not_found` */
export const getPolicy = async (db: Database, spaceId: string, id: string): Promise<PolicyRow> => {
  const [row] = await db
    .select()
    .from(machinePolicies)
    .where(and(eq(machinePolicies.spaceId, spaceId), eq(machinePolicies.id, id)))
  if (!row) throw notFound(id)
  return row
}

export const hasPolicy = async (db: Database, spaceId: string, id: string): Promise<boolean> =>
  (await listPolicies(db, spaceId)).some(row => row.id === id)

/** @throws Problem `not_found` in a space that lost its default policy */
export const defaultPolicyId = async (db: Database, spaceId: string): Promise<string> => {
  const [row] = await listPolicies(db, spaceId)
  if (!row) throw notFound('default machine policy')
  return row.id
}
