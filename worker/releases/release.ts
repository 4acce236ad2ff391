import * as z from 'zod'
import { invalid } from '../http/problem.ts'
import type { Selection } from './package-selection.ts'

/** A package a release has taken, and where its bytes are; no content: of a feed that is not ours. */
export type SelectedPackage = {
  actionName: string
  /** Empty for the step's primary package. */
  packageReferenceName: string
  packageId: string
  feedId: string
  version: string
  sha256: string | null
  /** With its dot. */
  extension: string | null
  sizeBytes: number | null
}

const storedPackage = z.object({
  ActionName: z.string(),
  PackageReferenceName: z.string(),
  PackageId: z.string(),
  FeedId: z.string().default(''),
  Version: z.string(),
  Sha256: z.string().nullish(),
  Extension: z.string().nullish(),
  SizeBytes: z.number().nullish(),
})

/** The packages a release froze, in the order of its steps. */
export const selectedPackagesOf = (release: { selectedPackages: unknown }): SelectedPackage[] =>
  (Array.isArray(release.selectedPackages) ? release.selectedPackages : []).flatMap(each => {
    const parsed = storedPackage.safeParse(each)
    if (!parsed.success) return []
    const stored = parsed.data
    return [
      {
        actionName: stored.ActionName,
        packageReferenceName: stored.PackageReferenceName,
        packageId: stored.PackageId,
        feedId: stored.FeedId,
        version: stored.Version,
        sha256: stored.Sha256 ?? null,
        extension: stored.Extension ?? null,
        sizeBytes: stored.SizeBytes ?? null,
      },
    ]
  })

/** Whether it was made without asking the rules of its channel. */
export const ignoresRules = ({ settings }: { settings: unknown }): boolean =>
  (settings as { ignoreChannelRules?: boolean } | null)?.ignoreChannelRules === true

/** The form {@link selectedPackagesOf} reads. */
export const toStored = (selection: Selection): z.input<typeof storedPackage> => ({
  ActionName: selection.actionName,
  PackageReferenceName: selection.packageReferenceName,
  PackageId: selection.packageId,
  FeedId: selection.feedId,
  Version: selection.version,
  Sha256: selection.content?.sha256 ?? null,
  Extension: selection.content?.extension ?? null,
  SizeBytes: selection.content?.sizeBytes ?? null,
})

const optional = (length: number) =>
  z
    .string()
    .max(length, `may have ${length} characters`)
    .nullish()
    .transform(value => value || undefined)

const flag = z
  .boolean()
  .nullish()
  .transform(value => value ?? false)

const customFields = z.record(z.string().max(200), z.string().max(10_000)).nullish()

export const NOTES_LENGTH = 200_000

/** `releases/create/v1`: names, slugs and ids alike. */
export const createReleaseInput = z.object({
  ProjectName: z.string().trim().min(1, 'must name a project').max(500),
  ReleaseVersion: optional(1_000),
  ChannelName: optional(500),
  PackageVersion: optional(200),
  Packages: z.array(z.string().max(1_200)).max(500).nullish(),
  PackagePrerelease: optional(200),
  GitRef: optional(1_000),
  GitCommit: optional(200),
  ReleaseNotes: optional(NOTES_LENGTH),
  IgnoreIfAlreadyExists: flag,
  IgnoreChannelRules: flag,
  CustomFields: customFields,
})

const selectedPackage = z.object({
  ActionName: optional(500),
  StepName: optional(500),
  PackageReferenceName: optional(500),
  Version: z.string().min(1, 'is missing').max(200),
})

/** `POST /releases`: ids. */
export const postReleaseInput = z.object({
  ProjectId: z.string().trim().min(1, 'must name a project').max(500),
  ChannelId: optional(500),
  Version: optional(1_000),
  ReleaseNotes: optional(NOTES_LENGTH),
  SelectedPackages: z.array(selectedPackage).max(500).nullish(),
  IgnoreChannelRules: flag,
  CustomFields: customFields,
})

/** `PUT /releases/{id}`: what may change, and what must be as it was. */
export const putReleaseInput = z.object({
  Version: optional(1_000),
  ReleaseNotes: optional(NOTES_LENGTH),
  ChannelId: optional(500),
  SelectedPackages: z.array(selectedPackage).max(500).nullish(),
  CustomFields: customFields,
})

/** What is asked of a new release, whichever way it came. */
export type ReleaseRequest = {
  project: string
  version: string | undefined
  channel: string | undefined
  /** `Step:Version` and the like. */
  packages: string[]
  defaultPackageVersion: string | undefined
  prerelease: string | undefined
  notes: string | undefined
  ignoreIfExists: boolean
  ignoreChannelRules: boolean
  customFields: Record<string, string>
}

/** @throws Problem `invalid` for what is asked of version-controlled projects only */
export const fromCommand = (body: z.output<typeof createReleaseInput>): ReleaseRequest => {
  if (body.GitRef ?? body.GitCommit)
    throw invalid(
      'GitRef and GitCommit are for projects whose process is kept in Git; leave them out.',
    )
  return {
    project: body.ProjectName,
    version: body.ReleaseVersion,
    channel: body.ChannelName,
    packages: body.Packages ?? [],
    defaultPackageVersion: body.PackageVersion,
    prerelease: body.PackagePrerelease,
    notes: body.ReleaseNotes,
    ignoreIfExists: body.IgnoreIfAlreadyExists,
    ignoreChannelRules: body.IgnoreChannelRules,
    customFields: body.CustomFields ?? {},
  }
}

export const fromResource = (
  body: z.output<typeof postReleaseInput>,
  ignoreChannelRules: boolean,
): ReleaseRequest => ({
  project: body.ProjectId,
  version: body.Version,
  channel: body.ChannelId,
  packages: (body.SelectedPackages ?? []).map(
    ({ ActionName, StepName, PackageReferenceName, Version }) =>
      [ActionName ?? StepName ?? '', PackageReferenceName ?? '', Version].map(escaped).join(':'),
  ),
  defaultPackageVersion: undefined,
  prerelease: undefined,
  notes: body.ReleaseNotes,
  ignoreIfExists: false,
  ignoreChannelRules: body.IgnoreChannelRules || ignoreChannelRules,
  customFields: body.CustomFields ?? {},
})

/** A part of a package specification, with its colons marked as its own. */
export const escaped = (part: string): string => part.replaceAll(':', '\\:')
