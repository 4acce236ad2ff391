import { authorize } from '../access/authorization.ts'
import { openKeyring, seal } from '../access/envelope.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import {
  BUILT_IN,
  checkFeedUri,
  type FeedInput,
  type FeedRow,
  feedSettings,
  sealedPasswordOf,
} from './feed.ts'
import { insertFeed, removeFeed, updateFeed } from './feed-store.ts'

/** @throws Problem `invalid`, `conflict` for a name that is taken, `forbidden` */
export const createFeed = async (
  context: Context,
  spaceId: string,
  input: FeedInput,
): Promise<FeedRow> => {
  authorize(context.principal, 'FeedEdit', { spaceId })
  if (input.FeedType === BUILT_IN)
    throw invalid('A space has one built-in feed, and it is there already; choose another type.')
  const id = await nextId(context.db, 'Feeds')
  return write(context, await rowOf(context, spaceId, id, input, undefined), 'Created')
}

/** @throws Problem `invalid`, `conflict` for a name that is taken, `forbidden` */
export const updateFeedSettings = async (
  context: Context,
  before: FeedRow,
  input: FeedInput,
): Promise<FeedRow> => {
  const { spaceId } = before
  authorize(context.principal, 'FeedEdit', { spaceId })
  if (input.FeedType !== before.feedType)
    throw invalid(`The type of a feed cannot be changed; this one is ${before.feedType}.`)
  return write(context, await rowOf(context, spaceId, before.id, input, before), 'Modified')
}

/** @throws Problem `invalid` for the built-in feed, `forbidden` */
export const deleteFeed = async (context: Context, row: FeedRow): Promise<void> => {
  authorize(context.principal, 'FeedEdit', { spaceId: row.spaceId })
  if (row.feedType === BUILT_IN) throw invalid('The built-in feed cannot be deleted.')
  await commit(context.db, [
    removeFeed(context.db, row.id),
    ...record(context.db, context, {
      spaceId: row.spaceId,
      category: 'Deleted',
      message: `Feed ${row.name} was deleted`,
      documentIds: [row.id],
    }),
  ])
}

const rowOf = async (
  context: Context,
  spaceId: string,
  id: string,
  input: FeedInput,
  before: FeedRow | undefined,
): Promise<FeedRow> => ({
  id,
  spaceId,
  name: input.Name,
  feedType: input.FeedType,
  feedUri: checkFeedUri(input.FeedUri ?? ''),
  settings: feedSettings(input, await passwordOf(context, spaceId, id, input, before)),
})

/** A new value replaces the old one; none keeps it; `HasValue: false` drops it. */
const passwordOf = async (
  context: Context,
  spaceId: string,
  id: string,
  { Password }: FeedInput,
  before: FeedRow | undefined,
): Promise<string | undefined> => {
  if (Password?.NewValue) {
    const keyring = await openKeyring(context.env, context.db, spaceId)
    return seal(keyring, `feeds|${id}|password`, Password.NewValue)
  }
  return Password?.HasValue === false || !before ? undefined : sealedPasswordOf(before)
}

const write = async (
  context: Context,
  row: FeedRow,
  category: 'Created' | 'Modified',
): Promise<FeedRow> => {
  const isNew = category === 'Created'
  try {
    await commit(context.db, [
      isNew ? insertFeed(context.db, row) : updateFeed(context.db, row),
      ...record(context.db, context, {
        spaceId: row.spaceId,
        category,
        message: `Feed ${row.name} was ${isNew ? 'created' : 'changed'}`,
        documentIds: [row.id],
      }),
    ])
  } catch (error) {
    if (!isUniqueViolation(error, 'feeds.')) throw error
    throw new Problem('conflict', `A feed called ${row.name} exists already; choose another name.`)
  }
  return row
}
