import { ReleasesPage } from '../../ui/releases/releases-page.tsx'
import { authorize } from '../access/authorization.ts'
import { successesByRelease } from '../deployments/portal-reads.ts'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import type { Route } from '../http/route.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { channelsOf } from '../projects/channel-store.ts'
import { visibleProject } from '../projects/portal-project.ts'
import { newReleasePages } from './new-release-portal.tsx'
import { releasePages as pagesOfRelease } from './release-portal.tsx'
import { listReleases } from './store.ts'
import { releaseVariablesPages } from './variables-portal.tsx'

const list = async (call: PageCall) => {
  const { db, space, frame } = call
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  authorize(call.principal, 'ReleaseView', { spaceId: space.id, projectId: project.id })
  const { page: part, paging } = pageIn(call.query)
  const [{ rows, total }, channels, environments] = await Promise.all([
    listReleases(db, space.id, part, { projectId: project.id }),
    channelsOf(db, project.id),
    listEnvironments(db, space.id),
  ])
  const successes = await successesByRelease(
    db,
    rows.map(({ id }) => id),
  )
  return (
    <ReleasesPage
      frame={frame}
      project={head}
      releases={rows.map(row => ({
        id: row.id,
        version: row.version,
        channel: channels.find(({ id }) => id === row.channelId)?.name ?? '',
        createdAt: row.assembledAt,
        createdBy: row.assembledBy,
        notes: firstLine(row.notes),
        environments: environments
          .filter(({ id }) => successes.get(row.id)?.has(id))
          .map(({ name }) => name),
      }))}
      paging={paging(total)}
    />
  )
}

const firstLine = (notes: string): string =>
  (/\S.*/.exec(notes)?.[0] ?? '').replace(/^#+\s*/, '').slice(0, 200)

/** `releases/new` is declared before `releases/{id}`. */
export const releasePages: Route[] = [
  page({ path: '/projects/{id}/releases', permission: 'ReleaseView', handler: list }),
  ...newReleasePages,
  ...pagesOfRelease,
  ...releaseVariablesPages,
]
