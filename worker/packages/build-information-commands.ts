import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import type { BuildDocument, BuildInformationRow } from './build-information.ts'
import {
  findBuildInformation,
  insertBuildInformation,
  removeBuildInformation,
  replaceBuildInformation,
} from './build-information-store.ts'
import { normalizedVersionOf, type OverwriteMode } from './package.ts'

type Input = { packageId: string; version: string; document: BuildDocument; mode: OverwriteMode }
export type PushedInformation = {
  row: BuildInformationRow
  outcome: 'created' | 'replaced' | 'ignored'
}

/** Keeps what a build tells about a package version; the package need not be here.
 *  @throws Problem `conflict` when something is known already, `forbidden` */
export const pushBuildInformation = async (
  context: Context,
  spaceId: string,
  { packageId, version, document, mode }: Input,
): Promise<PushedInformation> => {
  authorize(context.principal, 'BuildInformationPush', { spaceId })
  const before = await findBuildInformation(context.db, spaceId, packageId, version)
  if (before && mode === 'IgnoreIfExists') return { row: before, outcome: 'ignored' }
  if (before && mode === 'FailIfExists') throw alreadyKnown()
  if (before) authorize(context.principal, 'BuildInformationAdminister', { spaceId })
  const row: BuildInformationRow = {
    id: before?.id ?? (await nextId(context.db, 'BuildInformation')),
    spaceId,
    packageId,
    version,
    normalizedVersion: normalizedVersionOf(version),
    document,
    createdAt: context.now,
  }
  try {
    await commit(context.db, [
      before ? replaceBuildInformation(context.db, row) : insertBuildInformation(context.db, row),
      ...record(context.db, context, {
        spaceId,
        category: before ? 'Modified' : 'Created',
        message: `Build information of ${packageId} ${version} was ${before ? 'replaced' : 'pushed'}`,
        documentIds: [row.id],
      }),
    ])
  } catch (error) {
    if (isUniqueViolation(error, 'build_information.')) throw alreadyKnown()
    throw error
  }
  return { row, outcome: before ? 'replaced' : 'created' }
}

const alreadyKnown = () =>
  new Problem(
    'conflict',
    'Metadata for the specified Package ID and version already exists. Say ' +
      'overwriteMode=OverwriteExisting to replace it, or IgnoreIfExists to keep it.',
  )

/** @throws Problem `forbidden` */
export const deleteBuildInformation = async (
  context: Context,
  rows: BuildInformationRow[],
): Promise<void> => {
  const [first] = rows
  if (!first) return
  authorize(context.principal, 'BuildInformationAdminister', { spaceId: first.spaceId })
  const ids = rows.map(row => row.id)
  await commit(context.db, [
    removeBuildInformation(context.db, ids),
    ...record(context.db, context, {
      spaceId: first.spaceId,
      category: 'Deleted',
      message: `Deleted build information of ${rows
        .slice(0, 20)
        .map(row => `${row.packageId} ${row.version}`)
        .join(', ')}`,
      documentIds: ids,
    }),
  ])
}
