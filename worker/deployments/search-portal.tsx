import { sql } from 'drizzle-orm'
import type { IconName } from '../../ui/components/icon.tsx'
import { links } from '../../ui/links.ts'
import { SearchPage } from '../../ui/search/search-page.tsx'
import { permits } from '../access/authorization.ts'
import { type PageCall, page } from '../http/page.tsx'
import { environmentsWithin } from '../infrastructure/visibility.ts'
import { visibleProjects } from '../projects/visibility.ts'

const MANY = 20

const search = async (call: PageCall) => {
  const query = (call.query.text('q') ?? '').trim().slice(0, 200)
  return (
    <SearchPage
      frame={call.frame}
      query={query}
      results={query === '' ? [] : await find(call, query)}
    />
  )
}

type Found = { id: string; title: string; detail: string }

const find = async ({ db, space, principal }: PageCall, query: string) => {
  const part = query.toLowerCase()
  const visible = visibleProjects(principal, 'ProjectView', space.id)
  const seen =
    visible === undefined
      ? sql`1`
      : sql`p.id IN (SELECT value FROM json_each(${JSON.stringify(visible)}))`
  const within = environmentsWithin(principal, 'MachineView', space.id)
  const reached =
    within === undefined
      ? sql`1`
      : sql`id IN (SELECT target_id FROM target_environments
          WHERE environment_id IN (SELECT value FROM json_each(${JSON.stringify(within)})))`
  const packagesSeen = permits(principal, 'BuiltInFeedDownload', { spaceId: space.id })
    ? sql`1`
    : sql`0`
  const [projects, releases, targets, packages] = await Promise.all([
    db.all<Found>(sql`SELECT p.id, p.name AS title, p.description AS detail FROM projects p
      WHERE p.space_id = ${space.id} AND instr(lower(p.name), ${part}) > 0 AND ${seen}
      ORDER BY length(p.name) LIMIT ${MANY}`),
    db.all<Found>(sql`SELECT r.id, p.name || ' ' || r.version AS title, 'Release' AS detail
      FROM releases r JOIN projects p ON p.id = r.project_id
      WHERE r.space_id = ${space.id} AND instr(lower(p.name || ' ' || r.version), ${part}) > 0 AND ${seen}
      ORDER BY r.assembled_at DESC LIMIT ${MANY}`),
    db.all<Found>(sql`SELECT id, name AS title, 'Target' AS detail FROM targets
      WHERE space_id = ${space.id} AND instr(lower(name), ${part}) > 0 AND ${reached}
      ORDER BY name LIMIT ${MANY}`),
    db.all<Found>(sql`SELECT DISTINCT package_id AS id, package_id AS title, 'Package' AS detail
      FROM packages WHERE space_id = ${space.id} AND instr(lower(package_id), ${part}) > 0
      AND ${packagesSeen} ORDER BY package_id LIMIT ${MANY}`),
  ])
  const as = (rows: Found[], icon: IconName, href: (id: string) => string) =>
    rows.map(({ id, title, detail }) => ({ href: href(id), title, detail, icon }))
  return [
    ...as(
      projects.map(each => ({ ...each, detail: 'Project' })),
      'projects',
      links.project,
    ),
    ...as(releases, 'package', links.release),
    ...as(targets, 'target', links.target),
    ...as(packages, 'package', links.package),
  ]
}

export const searchPages = [page({ path: '/search', permission: 'signed-in', handler: search })]
