import type { BuildDocument } from './build-information.ts'

/** An issue that a commit says it closes, in the API's own words. */
export type WorkItem = { Id: string; LinkUrl: string | null; Source: string; Description: string }

/** So many issues of one build are told. */
const MAX_ITEMS = 500

/** The words that close an issue at the usual hosts; a bare number may be a pull request. */
const CLOSING =
  /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]{1,100}\/[\w.-]{1,100})?(?:#|GH-)(\d{1,12})\b/gi

const SOURCES: Record<string, string> = {
  'github.com': 'GitHub',
  'gitlab.com': 'GitLab',
  'bitbucket.org': 'Bitbucket',
}

/** The issues that a build's commits close, each once, with where they can be looked at. */
export const workItemsOf = ({
  VcsRoot,
  Commits,
}: Pick<BuildDocument, 'VcsRoot' | 'Commits'>): WorkItem[] => {
  const host = hostOf(VcsRoot)
  const items = new Map<string, WorkItem>()
  for (const { Comment } of Commits)
    for (const [, repository, issue = ''] of Comment.matchAll(CLOSING)) {
      if (items.size === MAX_ITEMS) return [...items.values()]
      const id = repository === undefined ? issue : `${repository}#${issue}`
      if (items.has(id)) continue
      const path = repository ?? host?.repository
      items.set(id, {
        Id: id,
        LinkUrl: host && path ? `${host.origin}/${path}/issues/${issue}` : null,
        Source: host?.source ?? 'Commit',
        Description: (Comment.trim().split('\n', 1)[0] ?? '').slice(0, 300),
      })
    }
  return [...items.values()]
}

/** A name and password that somebody left in the address go no further. */
const hostOf = (root: string) => {
  if (!URL.canParse(root)) return undefined
  const url = new URL(root)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  const repository = url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  return { origin: url.origin, repository, source: SOURCES[url.hostname] ?? 'Commit' }
}
