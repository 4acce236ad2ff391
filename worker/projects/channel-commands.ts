import { and, eq, ne } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { type ChangeKind, commitChange } from '../audit/change.ts'
import type { Write } from '../database/client.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { slugOf } from '../database/slug.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { lifecycles } from '../lifecycles/schema.ts'
import { type ChannelInput, checkRules } from './channel.ts'
import { type ChannelRow, channelsOf } from './channel-store.ts'
import { channels } from './schema.ts'
import { freeSlug } from './slug.ts'
import { getProject } from './store.ts'

/** @throws Problem `invalid` for a rule or lifecycle that makes no sense, `conflict` for a name that
 *  is taken, `not_found` for the project, `forbidden` */
export const createChannel = async (
  context: Context,
  spaceId: string,
  projectReference: string,
  input: ChannelInput,
): Promise<ChannelRow> => {
  const { db } = context
  const project = await getProject(db, spaceId, projectReference)
  authorize(context.principal, 'ProcessEdit', { spaceId, projectId: project.id })
  const columns = await columnsOf(context, spaceId, input)
  const taken = new Set((await channelsOf(db, project.id)).map(each => each.slug))
  const row = {
    id: await nextId(db, 'Channels'),
    spaceId,
    projectId: project.id,
    slug: freeSlug(input.Slug ?? input.Name, taken),
    ...columns,
  }
  await write(context, row, 'Created', [
    ...takeDefault(context, row),
    db.insert(channels).values(row),
  ])
  return row
}

/** @throws Problem `invalid`, `conflict` for a name that is taken, `not_found`, `forbidden` */
export const modifyChannel = async (
  context: Context,
  before: ChannelRow,
  input: ChannelInput,
): Promise<ChannelRow> => {
  const { db } = context
  const { spaceId, projectId } = before
  authorize(context.principal, 'ProcessEdit', { spaceId, projectId })
  if (before.isDefault && !input.IsDefault)
    throw invalid(
      `${before.name} is the default channel. Make another channel the default one instead.`,
    )
  const row = {
    ...before,
    ...(await columnsOf(context, spaceId, input, before.settings)),
    slug: input.Slug ? slugOf(input.Slug) : before.slug,
  }
  await write(context, row, 'Modified', [
    ...takeDefault(context, row),
    db.update(channels).set(row).where(eq(channels.id, row.id)),
  ])
  return row
}

/** @throws Problem `invalid` for the default one, `conflict` while it has releases, `forbidden` */
export const deleteChannel = async (context: Context, row: ChannelRow): Promise<void> => {
  authorize(context.principal, 'ProcessEdit', { spaceId: row.spaceId, projectId: row.projectId })
  if (row.isDefault)
    throw invalid(
      `${row.name} is the default channel. Make another one the default, then delete this one.`,
    )
  await write(context, row, 'Deleted', [
    context.db.delete(channels).where(and(eq(channels.id, row.id), eq(channels.isDefault, false))),
  ])
}

/** A project has one default channel; whoever becomes it takes that from the other. */
const takeDefault = ({ db }: Context, row: ChannelRow): Write[] =>
  row.isDefault
    ? [
        db
          .update(channels)
          .set({ isDefault: false })
          .where(and(eq(channels.projectId, row.projectId), ne(channels.id, row.id))),
      ]
    : []

const COLUMNS = new Set([
  'Id',
  'SpaceId',
  'Name',
  'Slug',
  'Description',
  'ProjectId',
  'LifecycleId',
  'IsDefault',
  'Rules',
  'Type',
  'Links',
])

const columnsOf = async (
  { db }: Context,
  spaceId: string,
  input: ChannelInput,
  before: unknown = {},
) => {
  if (input.LifecycleId) {
    const [found] = await db
      .select({ id: lifecycles.id })
      .from(lifecycles)
      .where(and(eq(lifecycles.spaceId, spaceId), eq(lifecycles.id, input.LifecycleId)))
    if (!found)
      throw invalid(
        `There is no lifecycle '${input.LifecycleId}' in this space; leave it empty to use the project's own.`,
      )
  }
  const others = Object.entries(input).filter(([key]) => !COLUMNS.has(key))
  const settings = { ...(before as object), ...Object.fromEntries(others) }
  if (JSON.stringify(settings).length > 65_536)
    throw invalid("A channel's further settings may take 65536 characters; these take more.")
  return {
    name: input.Name,
    description: input.Description,
    lifecycleId: input.LifecycleId,
    isDefault: input.IsDefault,
    rules: checkRules(input.Rules, () => crypto.randomUUID()),
    settings,
  }
}

const write = async (
  context: Context,
  row: ChannelRow,
  category: ChangeKind,
  writes: Write[],
): Promise<void> => {
  try {
    await commitChange(context, 'Channel', row, category, writes, { documentIds: [row.projectId] })
  } catch (error) {
    if (isUniqueViolation(error, 'channels.name'))
      throw new Problem(
        'conflict',
        `The project has a channel named ${row.name} already; choose another name.`,
      )
    if (isForeignKeyViolation(error))
      throw new Problem(
        'conflict',
        `Channel ${row.name} has releases. Delete them or move them to another channel first.`,
      )
    throw error
  }
}
