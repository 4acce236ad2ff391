import { type SQL, sql } from 'drizzle-orm'
import type { Database, Write } from './client.ts'

/** Put before other writes of a {@link commit}: all of them fail unless `condition` holds then. */
export const guard = (db: Database, condition: SQL): Write =>
  db.run(sql`INSERT INTO guards (ok) SELECT coalesce((${condition}), 0)`)

const messagesOf = (error: unknown): string => {
  const messages: string[] = []
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++)
    messages.push(each.message)
  return messages.join('\n')
}

/** Whether the database refused with these words, as its triggers do. */
export const failedWith = (error: unknown, words: string): boolean =>
  messagesOf(error).includes(words)

export const isGuardFailure = (error: unknown): boolean => failedWith(error, 'guard failed')

/** The embedded engine and the server name the code differently; the words are the same. */
export const isUniqueViolation = (error: unknown, of?: string): boolean => {
  const messages = messagesOf(error)
  return messages.includes('UNIQUE constraint failed') && (!of || messages.includes(of))
}

export const isForeignKeyViolation = (error: unknown): boolean =>
  messagesOf(error).includes('FOREIGN KEY constraint failed')
