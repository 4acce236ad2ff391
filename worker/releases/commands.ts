import { authorize } from '../access/authorization.ts'
import { record } from '../audit/record.ts'
import { commit, type Database } from '../database/client.ts'
import { guard, isGuardFailure, isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { autoDeploy } from '../deployments/auto-deploy.ts'
import type { Context } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import type { ProjectRow } from '../projects/store.ts'
import { getProject } from '../projects/store.ts'
import { snapshotVariables } from '../variables/snapshot.ts'
import { bundlesWith, refuseTooMany } from '../variables/together.ts'
import { type Assembly, assemble } from './assembly.ts'
import { checkReleaseVersion } from './numbering.ts'
import { type ReleaseRequest, selectedPackagesOf, toStored } from './release.ts'
import {
  findReleaseByVersion,
  getRelease,
  holdsPackages,
  insertRelease,
  type ReleaseRow,
  updateRelease,
} from './store.ts'

/** Two builds that ask for the next number at once: the later one counts again. */
const ATTEMPTS = 5

export type CreatedRelease = { release: ReleaseRow; isNew: boolean }

/**
 * Makes a release: chooses channel, version and packages, and freezes process and variables.
 * @throws Problem `not_found`, `forbidden`, `invalid`, or `conflict` when the version exists
 */
export const createRelease = async (
  context: Context,
  spaceId: string,
  request: ReleaseRequest,
): Promise<CreatedRelease> => {
  const { db } = context
  const project = await getProject(db, spaceId, request.project)
  authorize(context.principal, 'ReleaseCreate', { spaceId, projectId: project.id })
  if (project.isDisabled)
    throw invalid(`Project ${project.name} is disabled; enable it in its settings to release.`)
  if (request.version !== undefined) {
    const known = await findExisting(context, project, request.version)
    if (known) return existing(request, project, known)
  }
  for (let attempt = 1; ; attempt++) {
    const row: Assembly = await assemble(context, project, request)
    try {
      const release = await store(context, project, row, request)
      await sendOn(context, release)
      return { release, isNew: true }
    } catch (error) {
      const isTaken = isUniqueViolation(error, 'releases.version')
      if (!isTaken && !isGuardFailure(error)) throw error
      const winner = isTaken && (await findReleaseByVersion(db, project.id, row.version))
      if (winner && !row.isCounted) return existing(request, project, winner)
      if (attempt === ATTEMPTS)
        throw new Problem(
          'conflict',
          'Others are creating releases or replacing packages of this project at the same time. ' +
            'Try again.',
        )
    }
  }
}

/** The release is made, whatever becomes of this: what fails here is tried after each success. */
const sendOn = (context: Context, release: ReleaseRow): Promise<void> =>
  autoDeploy(context.env, release, context.now, context.defer).catch(error =>
    console.error(JSON.stringify({ automatic: release.id, error: String(error) })),
  )

const findExisting = async (context: Context, project: ProjectRow, version: string) => {
  const found = await findReleaseByVersion(context.db, project.id, version.trim())
  return found?.version.toLowerCase() === version.trim().toLowerCase() ? found : undefined
}

const existing = (
  request: ReleaseRequest,
  project: ProjectRow,
  release: ReleaseRow,
): CreatedRelease => {
  if (request.ignoreIfExists) return { release, isNew: false }
  throw new Problem(
    'conflict',
    `${alreadyThere(project, release)} Choose another version, or say IgnoreIfAlreadyExists.`,
  )
}

const alreadyThere = (project: ProjectRow, { version }: { version: string }) =>
  `Release ${version} of ${project.name} already exists.`

const store = async (
  context: Context,
  project: ProjectRow,
  { version, channel, selections, ignoredRules, notes, process }: Assembly,
  { ignoreChannelRules, customFields }: ReleaseRequest,
): Promise<ReleaseRow> => {
  const { db, now, principal } = context
  const [variables, id] = await Promise.all([
    snapshotVariables(db, project.id, now),
    nextId(db, 'Releases'),
    refuseTooManyVariables(db, project.id),
  ])
  const selectedPackages = selections.map(toStored)
  const row = {
    id,
    spaceId: project.spaceId,
    projectId: project.id,
    channelId: channel.id,
    version,
    notes,
    assembledAt: now,
    assembledBy: principal.displayName,
    processSnapshotId: process.id,
    variableSnapshotId: variables.id,
    librarySnapshotIds: variables.libraryIds,
    selectedPackages,
    settings: { ignoreChannelRules, customFields },
  }
  await commit(db, [
    guard(db, holdsPackages(project.spaceId, selections)),
    ...process.writes,
    ...variables.writes,
    insertRelease(db, row),
    ...record(db, context, {
      spaceId: project.spaceId,
      category: 'Created',
      message:
        `Release ${version} of ${project.name} was created` +
        (ignoredRules.length > 0 ? ` against the rules of channel ${channel.name}` : ''),
      documentIds: [id, project.id, channel.id],
      details: { packages: selectedPackages, ...(ignoreChannelRules && { ignoredRules }) },
    }),
  ])
  return getRelease(db, project.spaceId, id)
}

/** What was stored before there was a bound. */
const refuseTooManyVariables = async (db: Database, projectId: string): Promise<void> =>
  refuseTooMany(db, await bundlesWith(db, projectId))

export type ReleaseChange = {
  version: string | undefined
  notes: string | undefined
  channelId: string | undefined
  packages: { actionName: string; packageReferenceName: string; version: string }[] | undefined
  customFields: Record<string, string> | undefined
}

/** Version and notes may be edited. What a release was assembled from may not: somebody may have
 *  tested just that.
 *  @throws Problem `invalid`, `conflict` for a version that exists, `forbidden` */
export const editRelease = async (
  context: Context,
  before: ReleaseRow,
  change: ReleaseChange,
): Promise<ReleaseRow> => {
  const { db } = context
  const { spaceId, projectId } = before
  authorize(context.principal, 'ReleaseEdit', { spaceId, projectId })
  refuseReassembly(before, change)
  const version =
    change.version === undefined ? before.version : checkReleaseVersion(change.version)
  const settings = {
    ...(before.settings as object),
    ...(change.customFields && { customFields: change.customFields }),
  }
  try {
    await commit(db, [
      updateRelease(db, before.id, { version, notes: change.notes ?? '', settings }),
      ...record(db, context, {
        spaceId,
        category: 'Modified',
        message: `Release ${before.version} was edited`,
        documentIds: [before.id, projectId],
        details: { before: { version: before.version }, after: { version } },
      }),
    ])
  } catch (error) {
    if (isUniqueViolation(error, 'releases.version'))
      throw new Problem('conflict', `Release ${version} exists already; choose another version.`)
    throw error
  }
  return { ...before, version, notes: change.notes ?? '', settings }
}

const refuseReassembly = (before: ReleaseRow, change: ReleaseChange): void => {
  if (change.channelId !== undefined && change.channelId !== before.channelId)
    throw invalid('The channel of a release cannot be changed; create a new release in the other.')
  const selected = selectedPackagesOf(before)
  for (const { actionName, packageReferenceName, version } of change.packages ?? []) {
    const same = selected.some(
      each =>
        each.actionName.toLowerCase() === actionName.toLowerCase() &&
        each.packageReferenceName.toLowerCase() === packageReferenceName.toLowerCase() &&
        each.version === version,
    )
    if (!same)
      throw invalid(
        `The packages of a release cannot be changed (${actionName}: ${version}); create a new ` +
          'release with them.',
      )
  }
}

/** Takes the project's variables as they are now; deployments from here on use them.
 *  @throws Problem `forbidden`, `conflict` while others keep changing the variables */
export const updateVariableSnapshot = async (
  context: Context,
  before: ReleaseRow,
): Promise<ReleaseRow> => {
  const { spaceId, projectId } = before
  authorize(context.principal, 'ReleaseEdit', { spaceId, projectId })
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await takeVariables(context, before)
    } catch (error) {
      if (!isGuardFailure(error)) throw error
    }
  }
  throw new Problem('conflict', 'Others are changing the variables of this project. Try again.')
}

const takeVariables = async (context: Context, before: ReleaseRow): Promise<ReleaseRow> => {
  const { db, now } = context
  const { spaceId, projectId } = before
  const [variables] = await Promise.all([
    snapshotVariables(db, projectId, now),
    refuseTooManyVariables(db, projectId),
  ])
  const change = { variableSnapshotId: variables.id, librarySnapshotIds: variables.libraryIds }
  await commit(db, [
    ...variables.writes,
    updateRelease(db, before.id, change),
    ...record(db, context, {
      spaceId,
      category: 'Modified',
      message: `Variables of release ${before.version} were updated`,
      documentIds: [before.id, projectId],
      details: { before: before.variableSnapshotId, after: variables.id },
    }),
  ])
  return { ...before, ...change }
}
