import { and, desc, eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import { Problem } from '../http/problem.ts'
import { feeds } from '../packages/schema.ts'
import { type Numbering, nextVersion } from '../releases/numbering.ts'
import { releases } from '../releases/schema.ts'
import { releaseVersions } from '../releases/store.ts'
import { templateVariables } from '../releases/template-variables.ts'
import { getChannel } from './channel-store.ts'
import { readSteps } from './process.ts'
import { DEFAULT_VERSION_TEMPLATE, processIdOf } from './project.ts'
import { getProcess, type ProjectRow } from './store.ts'

type Selected = { ActionName?: string; PackageReferenceName?: string; Version?: string }

/** What somebody who is about to create a release needs: the number that is due, and each package
 *  with the version the last release of the channel took.
 *  @throws Problem `not_found` for an unknown channel */
export const processTemplate = async (
  db: Database,
  project: ProjectRow,
  at: { channel: string | undefined; releaseId: string | undefined },
  now: number,
) => {
  const channel = at.channel
    ? await getChannel(db, project.spaceId, at.channel, project.id)
    : undefined
  const [process, versions, [known, [last], [reference]]] = await Promise.all([
    getProcess(db, project.id),
    releaseVersions(db, project.id),
    db.batch([
      db
        .select({ id: feeds.id, name: feeds.name })
        .from(feeds)
        .where(eq(feeds.spaceId, project.spaceId)),
      newest(db, and(eq(releases.projectId, project.id))),
      newest(
        db,
        and(
          eq(releases.projectId, project.id),
          channel && eq(releases.channelId, channel.id),
          at.releaseId ? eq(releases.id, at.releaseId) : undefined,
        ),
      ),
    ]),
  ])
  const template = project.settings.VersioningStrategy.Template || DEFAULT_VERSION_TEMPLATE
  const variables = await templateVariables(db, project, channel, [template])
  const selected = (reference?.selectedPackages ?? []) as Selected[]
  const { DonorPackage } = project.settings.VersioningStrategy
  return {
    DeploymentProcessId: processIdOf(project.id),
    LastReleaseVersion: last?.version ?? null,
    NextVersionIncrement: DonorPackage
      ? null
      : nextNumber({ template, variables }, versions, channel?.id, now),
    VersioningPackageStepName: DonorPackage?.DeploymentAction ?? null,
    VersioningPackageReferenceName: DonorPackage ? (DonorPackage.PackageReference ?? '') : null,
    Packages: readSteps(process.steps)
      .flatMap(step => step.actions)
      .filter(action => !action.isDisabled)
      .flatMap(action =>
        action.packages.map(each => ({
          ActionName: action.name,
          StepName: action.name,
          PackageReferenceName: each.name,
          PackageId: each.packageId,
          FeedId: each.feedId,
          FeedName: known.find(feed => feed.id === each.feedId)?.name ?? each.feedId,
          IsResolvable: !`${each.packageId}${each.feedId}`.includes('#{'),
          ProjectName: null,
          VersionSelectedLastRelease:
            selected.find(
              ({ ActionName, PackageReferenceName }) =>
                ActionName?.toLowerCase() === action.name.toLowerCase() &&
                (PackageReferenceName ?? '').toLowerCase() === each.name.toLowerCase(),
            )?.Version ?? null,
          FixedVersion: null,
        })),
      ),
    GitResources: [],
    Links: {},
  }
}

const newest = (db: Database, where: ReturnType<typeof and>) =>
  db
    .select({ version: releases.version, selectedPackages: releases.selectedPackages })
    .from(releases)
    .where(where)
    .orderBy(desc(releases.sequence))
    .limit(1)

/** Null when the project's template cannot be evaluated: creating the release will say why. */
const nextNumber = (
  numbering: Pick<Numbering, 'template' | 'variables'>,
  releases: { version: string; channelId: string }[],
  channelId: string | undefined,
  now: number,
): string | null => {
  try {
    return nextVersion({
      ...numbering,
      versions: releases.map(each => each.version),
      channelVersions: releases
        .filter(each => each.channelId === channelId)
        .map(each => each.version),
      now,
    })
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}
