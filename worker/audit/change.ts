import { commit, type Write } from '../database/client.ts'
import type { Context } from '../http/call.ts'
import { record } from './record.ts'

export type ChangeKind = 'Created' | 'Modified' | 'Deleted'

/**
 * Carries out a plain change of something that has a name, with its record: all of it or nothing.
 * @param noun what it is, as a sentence begins: `Environment`
 * @param more what else it concerns, and how it was before and after, without secrets
 */
export const commitChange = async (
  context: Context,
  noun: string,
  row: { id: string; spaceId: string; name: string },
  kind: ChangeKind,
  writes: Write[],
  more: { documentIds?: string[]; details?: unknown } = {},
): Promise<void> => {
  const deed = {
    spaceId: row.spaceId,
    category: kind,
    message: `${noun} ${row.name} was ${kind.toLowerCase()}`,
    documentIds: [row.id, ...(more.documentIds ?? [])],
    details: more.details,
  }
  await commit(context.db, [...writes, ...record(context.db, context, deed)])
}
