import { and, eq, sql } from 'drizzle-orm'
import { authorize } from '../access/authorization.ts'
import { openKeyring } from '../access/envelope.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { guard, isGuardFailure } from '../database/guard.ts'
import type { Context } from '../http/call.ts'
import { invalid } from '../http/problem.ts'
import { checkSettings } from './process-check.ts'
import { named, type ProcessDocument } from './process-document.ts'
import { mergeProcess } from './process-merge.ts'
import { checkScopes } from './process-scope.ts'
import { processes } from './schema.ts'
import { getProcess, getProject, type ProcessRow, type ProjectRow } from './store.ts'

/**
 * Replaces a project's process. A document with a `Version` is refused when the process has moved
 * on since that version was read.
 * @throws Problem `invalid` for doubled names, settings that mean nothing, scopes that name nothing, short secrets and stale
 * versions, `not_found`, `forbidden`
 */
export const saveProcess = async (
  context: Context,
  spaceId: string,
  reference: string,
  input: ProcessDocument,
): Promise<{ project: ProjectRow; process: ProcessRow }> => {
  const { db, env, now } = context
  const project = await getProject(db, spaceId, reference)
  authorize(context.principal, 'ProcessEdit', { spaceId, projectId: project.id })
  const before = await getProcess(db, project.id)
  const { Version } = input
  if (typeof Version === 'number' && Version !== before.version)
    throw stale(project, Version, before.version)

  const uniform = named(input)
  checkSettings(uniform)
  const document = await checkScopes(db, project, uniform, before.steps)
  let keyring: ReturnType<typeof openKeyring> | undefined
  const open = () => {
    keyring ??= openKeyring(env, db, spaceId)
    return keyring
  }
  const steps = await mergeProcess(document, before.steps, open, () => crypto.randomUUID())
  const after: ProcessRow = { ...before, steps, version: before.version + 1, changedAt: now }
  const { version, changedAt } = after
  try {
    await commit(db, [
      guard(
        db,
        sql`SELECT ${processes.version} = ${before.version} FROM ${processes}
          WHERE ${processes.id} = ${before.id}`,
      ),
      db
        .update(processes)
        .set({ steps, version, changedAt })
        .where(and(eq(processes.id, before.id), eq(processes.version, before.version))),
      ...record(db, context, {
        spaceId,
        category: 'Modified',
        message: `Deployment process of ${project.name} was changed`,
        documentIds: [before.id, project.id],
        details: { version, steps: steps.map(step => step.Name) },
      }),
    ])
  } catch (error) {
    if (isGuardFailure(error)) throw stale(project, before.version, before.version + 1)
    throw error
  }
  return { project, process: after }
}

const stale = (project: ProjectRow, yours: number, current: number) =>
  invalid(
    `Someone else has changed the process of ${project.name}: you have version ${yours}, it is at ` +
      `version ${current}. Read it again and repeat your change.`,
  )
