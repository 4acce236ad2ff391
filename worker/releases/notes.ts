import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import type { Database } from '../database/client.ts'
import { type BuildDocument, commitUrl, readDocument } from '../packages/build-information.ts'
import { buildInformationOf } from '../packages/build-information-store.ts'
import { normalizedVersionOf } from '../packages/package.ts'
import { type WorkItem, workItemsOf } from '../packages/work-items.ts'
import type { ProjectRow } from '../projects/store.ts'
import type { Selection } from './package-selection.ts'
import { NOTES_LENGTH } from './release.ts'

type Known = {
  version: string
  channel: { name: string }
  selections: Selection[]
  variables: Record<string, string>
  now: number
}

/** The project's template for release notes, filled with the release's packages and what their
 *  builds told; nothing without a template. A token without a value stays as it is written. */
export const renderNotes = async (
  db: Database,
  project: ProjectRow,
  { version, selections, variables, now }: Known,
): Promise<string> => {
  const template = project.settings.ReleaseNotesTemplate
  if (!template) return ''
  const dictionary = new VariableDictionary({
    ...variables,
    'Octopus.Release.Number': version,
    ...(await packageVariables(db, project.spaceId, selections)),
  })
  try {
    return (evaluate(template, dictionary, { now }).value ?? '').slice(0, NOTES_LENGTH)
  } catch (error) {
    if (error instanceof SubstitutionError) return template
    throw error
  }
}

const packageVariables = async (
  db: Database,
  spaceId: string,
  selections: Selection[],
): Promise<Record<string, string>> => {
  const information = await buildInformationOf(db, spaceId, selections)
  const values: Record<string, string> = {}
  const items = new Map<string, WorkItem>()
  const builds = new Map<string, Build>()
  for (const { packageId, version } of selections) {
    const prefix = `Octopus.Release.Package[${packageId}]`
    values[`${prefix}.PackageId`] = packageId
    values[`${prefix}.Version`] = version
    const row = information.find(
      each =>
        each.packageId.toLowerCase() === packageId.toLowerCase() &&
        each.normalizedVersion.toLowerCase() === normalizedVersionOf(version).toLowerCase(),
    )
    if (!row) continue
    const { Commits, ...build } = readDocument(row.document)
    for (const [name, value] of Object.entries(build)) values[`${prefix}.${name}`] = value
    const closed = workItemsOf({ ...build, Commits })
    values[`${prefix}.WorkItems`] = JSON.stringify(closed)
    const key = JSON.stringify([build.BuildUrl, build.BuildNumber])
    const known = builds.get(key)
    const made = { PackageId: packageId, Version: version }
    if (known) known.Packages.push(made)
    else builds.set(key, buildOf(build, made))
    for (const item of closed) if (!items.has(item.Id)) items.set(item.Id, item)
    for (const [index, { Id, Comment }] of Commits.slice(0, 500).entries()) {
      values[`${prefix}.Commits[${index}].CommitId`] = Id
      values[`${prefix}.Commits[${index}].Comment`] = Comment
      values[`${prefix}.Commits[${index}].LinkUrl`] = commitUrl(build.VcsRoot, Id) ?? ''
    }
  }
  values['Octopus.Release.WorkItems'] = JSON.stringify([...items.values()])
  values['Octopus.Release.Builds'] = JSON.stringify([...builds.values()])
  return values
}

type Build = ReturnType<typeof buildOf>

/** One build may have made several of the packages. */
const buildOf = (
  build: Omit<BuildDocument, 'Commits'>,
  first: { PackageId: string; Version: string },
) => ({
  Packages: [first],
  ...build,
  VcsCommitUrl: commitUrl(build.VcsRoot, build.VcsCommitNumber),
})
