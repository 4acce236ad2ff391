import * as z from 'zod'
import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import { buildDocument, commitUrl } from '../packages/build-information.ts'
import { type WorkItem, workItemsOf } from '../packages/work-items.ts'
import type { Entries } from './system-variables.ts'

/** A release that a deployment brings, with what the builds of its packages told. */
export const change = z.object({
  version: z.string(),
  notes: z.string(),
  builds: z
    .array(z.object({ packageId: z.string(), version: z.string(), build: buildDocument }))
    .default([]),
})
export type Change = z.output<typeof change>

/** What a template may use besides the changes. */
export type Known = readonly (readonly [name: string, value: string])[]

/** Characters that the changes may take as a variable: every step gets them. */
const MAX_TEXT = 131_072

/**
 * What a deployment brings, newest first: as JSON to walk through, and as the project's template (or
 * our own) puts it into words.
 * @param known what the template may use besides
 * @see https://octopus.com/docs/releases/deployment-changes
 */
export const changeVariables = (
  changes: readonly Change[],
  template: string | null | undefined,
  known: Known,
): Entries => {
  const documents = fitting(changes.map(documentOf))
  const builds = distinct(
    documents.flatMap(({ BuildInformation }) => BuildInformation),
    ({ PackageId, Version }) => `${PackageId} ${Version}`,
  )
  const entries: Entries = [
    ['Octopus.Deployment.Changes', JSON.stringify(documents)],
    ['Octopus.Deployment.WorkItems', JSON.stringify(itemsOf(documents))],
    ['Octopus.Deployment.PackageBuildInformation', JSON.stringify(builds)],
  ]
  const markdown =
    (template && rendered(template, [...known, ...entries])) || documents.map(words).join('\n\n')
  return [...entries, ['Octopus.Deployment.ChangesMarkdown', markdown.slice(0, MAX_TEXT)]]
}

type Commit = { Id: string; LinkUrl: string | null; Comment: string }
type Document = {
  Version: string
  ReleaseNotes: string
  BuildInformation: ReturnType<typeof buildOf>[]
  WorkItems: WorkItem[]
  Commits: Commit[]
}

const buildOf = ({ packageId, version, build }: Change['builds'][number]) => {
  const { Commits, ...told } = build
  return {
    PackageId: packageId,
    Version: version,
    ...told,
    VcsCommitUrl: commitUrl(told.VcsRoot, told.VcsCommitNumber),
    WorkItems: workItemsOf(build),
    Commits: Commits.map(({ Id, Comment }): Commit => {
      return { Id, LinkUrl: commitUrl(told.VcsRoot, Id), Comment }
    }),
  }
}

/** Several steps may take one package, and one build may make several packages: each thing once. */
const documentOf = ({ version, notes, builds }: Change): Document => {
  const all = distinct(builds, each => `${each.packageId} ${each.version}`).map(buildOf)
  return {
    Version: version,
    ReleaseNotes: notes,
    BuildInformation: all,
    WorkItems: distinct(
      all.flatMap(each => each.WorkItems),
      ({ Id }) => Id,
    ),
    Commits: distinct(
      all.flatMap(each => each.Commits),
      ({ Id }) => Id,
    ),
  }
}

const itemsOf = (documents: readonly Document[]): WorkItem[] =>
  distinct(
    documents.flatMap(({ WorkItems }) => WorkItems),
    ({ Id }) => Id,
  )

const distinct = <T>(all: readonly T[], keyOf: (each: T) => string): T[] => {
  const known = new Map<string, T>()
  for (const each of all) if (!known.has(keyOf(each))) known.set(keyOf(each), each)
  return [...known.values()]
}

/** Gives up what matters least until the rest fits: commits, then builds, then long notes. */
const fitting = (documents: Document[]): Document[] => {
  const lesser: ((document: Document) => Document)[] = [
    each => ({
      ...each,
      Commits: [],
      BuildInformation: each.BuildInformation.map(build => ({ ...build, Commits: [] })),
    }),
    each => ({ ...each, BuildInformation: [], WorkItems: each.WorkItems.slice(0, 20) }),
    each => ({ ...each, ReleaseNotes: each.ReleaseNotes.slice(0, 500), WorkItems: [] }),
  ]
  let left = documents
  for (const give of lesser) {
    if (JSON.stringify(left).length <= MAX_TEXT) return left
    left = left.map(give)
  }
  return left
}

const words = ({ Version, ReleaseNotes, WorkItems }: Document): string =>
  [
    `### ${Version}`,
    ReleaseNotes.trim(),
    WorkItems.map(({ Id, LinkUrl, Description }) =>
      LinkUrl === null ? `- ${Id}: ${Description}` : `- [${Id}](${LinkUrl}): ${Description}`,
    ).join('\n'),
  ]
    .filter(text => text !== '')
    .join('\n')

/** Undefined when it is no template; what it names in vain stays as it is written. */
const rendered = (template: string, known: Known): string | undefined => {
  try {
    return evaluate(template, new VariableDictionary(known)).value ?? undefined
  } catch (error) {
    if (error instanceof SubstitutionError) return undefined
    throw error
  }
}
