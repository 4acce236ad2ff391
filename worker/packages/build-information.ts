import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import { isoTime } from '../http/values.ts'
import { workItemsOf } from './work-items.ts'

const text = (length: number) =>
  z
    .string()
    .max(length, `at most ${length} characters are kept`)
    .nullish()
    .transform(value => value ?? '')

/** What a build server tells about one package version. */
export const buildDocument = z.object({
  BuildEnvironment: text(200),
  BuildNumber: text(200),
  BuildUrl: text(2_000),
  Branch: text(500),
  VcsType: text(100),
  VcsRoot: text(2_000),
  VcsCommitNumber: text(200),
  Commits: z
    .array(z.object({ Id: text(200), Comment: text(20_000) }))
    .max(2_000, 'at most 2000 commits are kept')
    .nullish()
    .transform(commits => commits ?? []),
})
export type BuildDocument = z.output<typeof buildDocument>

export const buildInformationInput = z.object({
  PackageId: z.string().trim().min(1, 'the package id is missing').max(200),
  Version: z.string().trim().min(1, 'the version is missing').max(200),
  OctopusBuildInformation: buildDocument,
  OverwriteMode: z.string().max(40).nullish(),
})

export type BuildInformationRow = {
  id: string
  spaceId: string
  packageId: string
  version: string
  normalizedVersion: string
  document: unknown
  createdAt: number
}

/** @throws Problem `invalid` for a row that was damaged */
export const readDocument = (document: unknown): BuildDocument => {
  const result = buildDocument.safeParse(document)
  if (!result.success) throw invalid('The build information that is stored cannot be read.')
  return result.data
}

export const buildInformationResource = (row: BuildInformationRow) => {
  const document = readDocument(row.document)
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    PackageId: row.packageId,
    Version: row.version,
    Created: isoTime(row.createdAt),
    ...document,
    VcsCommitUrl: commitUrl(document.VcsRoot, document.VcsCommitNumber),
    Commits: document.Commits.map(commit => ({
      ...commit,
      LinkUrl: commitUrl(document.VcsRoot, commit.Id),
    })),
    IssueTrackerName: null,
    WorkItems: workItemsOf(document),
    IncompleteDataWarning: null,
    Links: { Self: `/api/${row.spaceId}/build-information/${row.id}` },
  }
}

/** Where a commit can be looked at, for web addresses of the usual hosts' form; else null. A name
 *  and password that somebody left in the address go no further. */
export const commitUrl = (root: string, commit: string): string | null => {
  if (!/^[\w./-]{1,200}$/.test(commit) || !URL.canParse(root)) return null
  const url = new URL(root)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  const path = url.pathname.replace(/\/+$/, '').replace(/\.git$/, '')
  if (path === '') return null
  const word = url.hostname === 'bitbucket.org' ? 'commits' : 'commit'
  return `${url.origin}${path}/${word}/${commit}`
}
