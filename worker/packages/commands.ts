import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit, type Write } from '../database/client.ts'
import { guard, isGuardFailure, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { checkArchive } from './archive.ts'
import { receiveBlob, type StagedBlob } from './blob.ts'
import type { FilePart } from './multipart.ts'
import { findNuspec, type Nuspec } from './nuspec.ts'
import {
  identityOf,
  type NamedFile,
  type OverwriteMode,
  PACKAGE_BYTES,
  type PackageIdentity,
  readPackageFileName,
} from './package.ts'
import {
  findPackage,
  insertPackage,
  isUnused,
  type PackageRow,
  releasesUsing,
  removePackages,
  replacePackage,
} from './store.ts'
import { drain } from './upload.ts'

export type Pushed = { row: PackageRow; outcome: 'created' | 'replaced' | 'ignored' }

/**
 * Takes a package into the space's own repository. Id and version come from the file's name; of a
 * NuGet package from the document inside. Bytes go in before the row that names them, so a crash
 * in between leaves an object nobody points to, and nothing else.
 * @throws Problem `invalid`, `too_large`, `forbidden`, or `conflict` when the version exists
 */
export const pushPackage = async (
  context: Context,
  spaceId: string,
  { fileName, content }: FilePart,
  mode: OverwriteMode,
): Promise<Pushed> => {
  authorize(context.principal, 'BuiltInFeedPush', { spaceId })
  if (!isNuGet(fileName)) {
    const known = await existing(context, spaceId, readPackageFileName(fileName).identity)
    if (known && mode !== 'OverwriteExisting') {
      await drain(content)
      return ignoredOrRefused(known, mode)
    }
  }
  const blob = await receiveBlob(context.env.STORE, content, PACKAGE_BYTES)
  try {
    return await acceptPackage(context, spaceId, { fileName, blob }, mode)
  } catch (error) {
    await blob.discard().catch(() => {})
    throw error
  }
}

/**
 * Makes a package of bytes that have arrived. Whoever holds them lets them go when this throws.
 * @param alongside what is to be committed with the package's row
 * @throws Problem `invalid`, `forbidden`, or `conflict` when the version exists
 */
export const acceptPackage = async (
  context: Context,
  spaceId: string,
  { fileName, blob }: { fileName: string; blob: StagedBlob },
  mode: OverwriteMode,
  alongside: (row: PackageRow) => Write[] = () => [],
): Promise<Pushed> => {
  const named = isNuGet(fileName) ? undefined : readPackageFileName(fileName)
  const { identity, extension, nuspec } = await inspect(blob, fileName, named)
  const row = await existing(context, spaceId, identity)
  if (row && mode !== 'OverwriteExisting') {
    const pushed = ignoredOrRefused(row, mode)
    await commit(context.db, alongside(row))
    await blob.discard()
    return pushed
  }
  if (row) authorize(context.principal, 'BuiltInFeedAdminister', { spaceId })
  const digests = await blob.keep()
  const stored: PackageRow = {
    id: row?.id ?? (await nextId(context.db, 'Packages')),
    spaceId,
    ...identity,
    extension,
    sizeBytes: blob.sizeBytes,
    ...digests,
    title: nuspec?.title ?? '',
    description: nuspec?.description ?? '',
    releaseNotes: nuspec?.releaseNotes ?? '',
    publishedAt: context.now,
    publishedBy: context.principal.username,
  }
  return await write(context, stored, row, mode, alongside)
}

/** What is known before its bytes: a NuGet package's name is in the document inside. */
export const isNuGet = (fileName: string): boolean => /\.nupkg$/i.test(fileName)

/** A push that is bound to be refused, or to change nothing, need not send its bytes.
 *  @throws Problem `invalid` for the name, `conflict` */
export const expectPackage = async (
  context: Context,
  spaceId: string,
  fileName: string,
  mode: OverwriteMode,
): Promise<Pushed | undefined> => {
  if (isNuGet(fileName)) return undefined
  const known = await existing(context, spaceId, readPackageFileName(fileName).identity)
  return known && mode !== 'OverwriteExisting' ? ignoredOrRefused(known, mode) : undefined
}

const inspect = async (blob: StagedBlob, fileName: string, named: NamedFile | undefined) => {
  if (named) {
    await checkArchive(blob, named.kind, named.extension)
    return { identity: named.identity, extension: named.extension, nuspec: undefined }
  }
  const entries = await checkArchive(blob, 'zip', '.nupkg')
  const nuspec: Nuspec | undefined = await findNuspec(blob, entries)
  if (nuspec)
    return { identity: identityOf(nuspec.id, nuspec.version), extension: '.nupkg', nuspec }
  if (fileName.toLowerCase() === 'package.nupkg')
    throw invalid('The NuGet package has no .nuspec at its root, so its id is not known.')
  return { ...readPackageFileName(fileName), nuspec }
}

const existing = (context: Context, spaceId: string, identity: PackageIdentity) =>
  findPackage(context.db, spaceId, identity.packageId, identity.version)

const ignoredOrRefused = (row: PackageRow, mode: OverwriteMode): Pushed => {
  if (mode === 'IgnoreIfExists') return { row, outcome: 'ignored' }
  throw alreadyThere(row)
}

const alreadyThere = (row: { packageId: string; version: string }) =>
  new Problem(
    'conflict',
    `A package with the same name and version already exists: ${row.packageId} ${row.version}. ` +
      'Push a new version, or say overwriteMode=IgnoreIfExists or OverwriteExisting.',
  )

const write = async (
  context: Context,
  row: PackageRow,
  before: PackageRow | undefined,
  mode: OverwriteMode,
  alongside: (row: PackageRow) => Write[],
): Promise<Pushed> => {
  const audit = record(context.db, context, {
    spaceId: row.spaceId,
    category: before ? 'Modified' : 'Created',
    message: `Package ${row.packageId} ${row.version} was ${before ? 'replaced' : 'pushed'}`,
    documentIds: [row.id],
    details: { sha256: row.sha256, before: before?.sha256 ?? null },
  })
  try {
    await commit(context.db, [
      before ? replacePackage(context.db, row) : insertPackage(context.db, row),
      ...audit,
      ...alongside(row),
    ])
  } catch (error) {
    if (!isUniqueViolation(error, 'packages.')) throw error
    // Somebody else pushed the same version between our look and our write.
    const winner = await findPackage(context.db, row.spaceId, row.packageId, row.version)
    if (!winner || mode === 'FailIfExists') throw alreadyThere(row)
    if (mode === 'IgnoreIfExists') {
      await commit(context.db, alongside(winner))
      return { row: winner, outcome: 'ignored' }
    }
    authorize(context.principal, 'BuiltInFeedAdminister', { spaceId: row.spaceId })
    const again = { ...row, id: winner.id }
    await commit(context.db, [replacePackage(context.db, again), ...audit, ...alongside(again)])
    return { row: again, outcome: 'replaced' }
  }
  return { row, outcome: before ? 'replaced' : 'created' }
}

/**
 * Takes packages out of the repository, all of them or none. Their bytes stay until they are swept.
 * @throws Problem `conflict` naming the releases that need them, `forbidden`
 */
export const deletePackages = async (context: Context, rows: PackageRow[]): Promise<void> => {
  const [first] = rows
  if (!first) return
  const { spaceId } = first
  authorize(context.principal, 'BuiltInFeedAdminister', { spaceId })
  const names = rows.map(row => `${row.packageId} ${row.version}`)
  await refuseUsed(context, rows)
  try {
    await commit(context.db, [
      guard(context.db, isUnused(rows)),
      removePackages(
        context.db,
        rows.map(row => row.id),
      ),
      ...record(context.db, context, {
        spaceId,
        category: 'Deleted',
        message: `Deleted ${names.length === 1 ? 'package' : 'packages'} ${names.slice(0, 20).join(', ')}`,
        documentIds: rows.map(row => row.id),
        details: { packages: names },
      }),
    ])
  } catch (error) {
    if (isGuardFailure(error)) await refuseUsed(context, rows)
    throw error
  }
}

const refuseUsed = async (context: Context, rows: PackageRow[]): Promise<void> => {
  const releases = await releasesUsing(context.db, rows)
  if (releases.length === 0) return
  throw new Problem(
    'conflict',
    `Releases need what is to be deleted: ${releases.join(', ')}. Delete the releases first, or ` +
      'keep the package.',
  )
}
