import { sql } from 'drizzle-orm'
import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { PackagePage } from '../../ui/packages/package-page.tsx'
import { PackagesPage } from '../../ui/packages/packages-page.tsx'
import { UploadPage } from '../../ui/packages/upload-page.tsx'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain, pageIn } from '../http/portal-form.ts'
import { invalid, notFound, Problem } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { visibleProjects } from '../projects/visibility.ts'
import { deletePackages, pushPackage } from './commands.ts'
import type { FilePart } from './multipart.ts'
import { type OverwriteMode, PACKAGE_BYTES, parseOverwriteMode } from './package.ts'
import { retentionPages } from './retention-portal.tsx'
import { findPackage, listPackages, type PackageRow } from './store.ts'
import { drain, openUpload } from './upload.ts'

const LIMIT = `${Math.floor(PACKAGE_BYTES / 1_000_000_000)} GB`

const list = async (call: PageCall) => {
  const { page: part, paging } = pageIn(call.query)
  const filter = call.query.text('filter') ?? ''
  const found = await listPackages(
    call.db,
    call.space.id,
    { filter: filter || undefined, latestOnly: true },
    part,
  )
  const counts = await versionCounts(call, found.rows)
  return (
    <PackagesPage
      frame={call.frame}
      filter={filter}
      mayPush={permits(call.principal, 'BuiltInFeedPush', { spaceId: call.space.id })}
      paging={paging(found.total)}
      packages={found.rows.map(row => ({
        packageId: row.packageId,
        latestVersion: row.version,
        versionCount: counts.get(row.packageId.toLowerCase()) ?? 1,
        sizeBytes: row.sizeBytes,
        publishedAt: row.publishedAt,
      }))}
    />
  )
}

const versionCounts = async ({ db, space }: PageCall, rows: PackageRow[]) => {
  const ids = JSON.stringify(rows.map(({ packageId }) => packageId.toLowerCase()))
  const counted = await db.all<{ id: string; versions: number }>(
    sql`SELECT lower(package_id) AS id, count(*) AS versions FROM packages
      WHERE space_id = ${space.id} AND package_id IN (SELECT value FROM json_each(${ids}))
      GROUP BY lower(package_id)`,
  )
  return new Map(counted.map(({ id, versions }) => [id, versions] as const))
}

type Use = { releaseId: string; name: string; version: string }

/** By SQL alone: releases stand above packages, whose code does not know them. */
const usesOf = async ({ db, space, principal }: PageCall, packageId: string) => {
  const visible = visibleProjects(principal, 'ReleaseView', space.id)
  const seen =
    visible === undefined
      ? sql`1`
      : sql`p.id IN (SELECT value FROM json_each(${JSON.stringify(visible)}))`
  const [releases, projects] = await Promise.all([
    db.all<Use>(sql`SELECT r.id AS releaseId, p.name || ' ' || r.version AS name,
        lower(s.value ->> 'Version') AS version
      FROM releases r JOIN projects p ON p.id = r.project_id, json_each(r.selected_packages) s
      WHERE r.space_id = ${space.id} AND lower(s.value ->> 'PackageId') = ${packageId.toLowerCase()}
        AND ${seen} ORDER BY r.assembled_at DESC LIMIT 500`),
    db.all<{ id: string; name: string }>(sql`SELECT DISTINCT p.id, p.name FROM projects p
      JOIN processes c ON c.owner_id = p.id, json_tree(c.steps) t
      WHERE p.space_id = ${space.id} AND t.key = 'PackageId'
        AND lower(t.atom) = ${packageId.toLowerCase()} AND ${seen} ORDER BY p.name LIMIT 50`),
  ])
  return { releases, projects }
}

const show = async (call: PageCall) => {
  const packageId = call.params.id ?? ''
  const { page: part, paging } = pageIn(call.query)
  const [found, uses] = await Promise.all([
    listPackages(call.db, call.space.id, { packageId }, part),
    usesOf(call, packageId),
  ])
  const [first] = found.rows
  if (!first) throw notFound(packageId)
  return (
    <PackagePage
      frame={call.frame}
      packageId={first.packageId}
      description={first.description}
      projects={uses.projects}
      may={{
        push: permits(call.principal, 'BuiltInFeedPush', { spaceId: call.space.id }),
        download: permits(call.principal, 'BuiltInFeedDownload', { spaceId: call.space.id }),
        delete: permits(call.principal, 'BuiltInFeedAdminister', { spaceId: call.space.id }),
      }}
      paging={paging(found.total)}
      versions={found.rows.map(row => ({
        version: row.version,
        isPrerelease: row.isPrerelease,
        extension: row.extension,
        sizeBytes: row.sizeBytes,
        sha256: row.sha256,
        publishedAt: row.publishedAt,
        publishedBy: row.publishedBy,
        usedBy: uses.releases.filter(({ version }) => version === row.version.toLowerCase()),
        downloadHref: `/api/${call.space.id}/packages/${encodeURIComponent(row.id)}/raw`,
      }))}
    />
  )
}

const uploadPage = (call: PageCall, form: FormState) => (
  <UploadPage frame={call.frame} form={form} limit={LIMIT} />
)

/** The bytes are streamed; what to do with an existing version stands in the address. */
const upload = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const mode = parseOverwriteMode(call.query.text('overwriteMode'))
      const file = await openUpload(call.request, call.query)
      const { row, outcome } = await pushed(call, file, mode)
      const words = {
        created: 'was uploaded',
        replaced: 'was replaced',
        ignored: 'was there already and was kept',
      }
      return seeOther(links.package(row.packageId), {
        kind: 'success',
        message: `${row.packageId} ${row.version} ${words[outcome]}.`,
      })
    },
    form => uploadPage(call, form),
    { '': 'file' },
  )

/** A browser shows the answer only once all of the body was taken from it. */
const pushed = async (call: PageCall, file: FilePart, mode: OverwriteMode) => {
  try {
    // Without a file a browser sends an empty one; it is then called as its field.
    if (['', 'file'].includes(file.fileName)) throw invalid('Choose the package file to upload.')
    return await pushPackage(call, call.space.id, file, mode)
  } catch (error) {
    await drain(file.content).catch(() => {})
    if (!(error instanceof Problem) || error.code !== 'conflict') throw error
    throw new Problem(
      'conflict',
      `${file.fileName}: this version is in the repository already. Upload a new version, or press ` +
        'Upload and replace.',
    )
  }
}

const versionOf = async (call: PageCall): Promise<PackageRow> => {
  const { id = '', version = '' } = call.params
  const row = await findPackage(call.db, call.space.id, id, version)
  if (!row) throw notFound(`${id} ${version}`)
  return row
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const row = await versionOf(call)
  return {
    section: 'library',
    crumbs: [
      { href: links.library, title: 'Library' },
      { href: links.packages, title: 'Packages' },
      { href: links.package(row.packageId), title: row.packageId },
    ],
    title: `Delete ${row.packageId} ${row.version}?`,
    consequence: 'New releases cannot choose it any more. A version that a release uses is kept.',
    verb: 'Delete version',
    back: links.package(row.packageId),
  }
}

const remove = async (call: PageCall) => {
  const row = await versionOf(call)
  await deletePackages(call, [row])
  const left = await listPackages(
    call.db,
    call.space.id,
    { packageId: row.packageId },
    { skip: 0, take: 1 },
  )
  return seeOther(left.total > 0 ? links.package(row.packageId) : links.packages, {
    kind: 'success',
    message: `${row.packageId} ${row.version} was deleted.`,
  })
}

/** `packages/upload` is declared before `packages/{id}`. */
export const packagePages: Route[] = [
  page({ path: '/library', permission: 'FeedView', handler: () => seeOther(links.packages) }),
  page({ path: '/library/packages', permission: 'FeedView', handler: list }),
  page({
    path: '/library/packages/upload',
    permission: 'BuiltInFeedPush',
    handler: call => uploadPage(call, fresh()),
  }),
  action({
    path: '/library/packages/upload',
    permission: 'BuiltInFeedPush',
    rawBody: true,
    handler: upload,
  }),
  ...retentionPages,
  page({ path: '/library/packages/{id}', permission: 'FeedView', handler: show }),
  ...confirmation({
    path: '/library/packages/{id}/{version}/delete',
    permission: 'BuiltInFeedAdminister',
    ask: toDelete,
    deed: remove,
  }),
]
