import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setOutput } from '../conventions/deployment.ts'
import type { GrantedPackage } from '../protocol/messages.ts'
import { extractPackage } from '../workspace/archive.ts'
import { removeCached, useCached } from '../workspace/cached-package.ts'
import { PackageCache } from '../workspace/package-cache.ts'
import { type ActionContext, StepFailure } from './action.ts'

/** A package and its file in the cache. */
export type Held = { package: GrantedPackage; archive: string }

/** Holds the packages in the cache while the work lasts, each with its digest checked again. */
export const withPackages = async <T>(
  { home }: ActionContext,
  packages: readonly GrantedPackage[],
  work: (held: Held[]) => Promise<T>,
): Promise<T> => {
  const cache = new PackageCache(home.packages)
  const releases: (() => void)[] = []
  try {
    const held: Held[] = []
    for (const one of packages) {
      releases.push(useCached(home.packages, one.sha256, one))
      if (!(await cache.has(one.sha256))) {
        removeCached(home.packages, one.sha256)
        throw new StepFailure(
          `Package ${one.packageId} ${one.version} is missing or damaged in ${home.packages}; run the step again to fetch it anew.`,
        )
      }
      held.push({ package: one, archive: cache.path(one.sha256) })
    }
    return await work(held)
  } finally {
    for (const release of releases) release()
  }
}

/** Puts the packages of a script step where its script runs: the main one is that folder, each other
 *  one is in it, extracted as `./<name>` or as a file `./<name>.<extension>`. Answers where the main
 *  one is, if there is one. */
export const stagePackages = async (
  context: ActionContext,
  held: readonly Held[],
): Promise<string | undefined> => {
  const main = held.find(one => one.package.name === '')
  const folder = main && (await extract(context, main, join(context.work, 'package')))
  for (const one of held) if (one !== main) await stage(context, one, folder ?? context.work)
  return folder
}

const stage = async (context: ActionContext, held: Held, into: string) => {
  const { name, packageId, version, extension, extract: isExtracted } = held.package
  const { variables } = context
  const prefix = `Octopus.Action.Package[${name}]`
  variables.set(`${prefix}.PackageId`, packageId)
  variables.set(`${prefix}.PackageVersion`, version)
  const path = join(into, fileNameOf(name))
  if (isExtracted) {
    setOutput(context, `${prefix}.ExtractedPath`, await extract(context, held, path))
    return
  }
  copyFileSync(held.archive, `${path}${extension}`)
  setOutput(context, `${prefix}.PackageFilePath`, `${path}${extension}`)
  setOutput(context, `${prefix}.PackageFileName`, basename(`${path}${extension}`))
}

const extract = async (
  { work, log }: ActionContext,
  { package: { packageId, version, extension }, archive }: Held,
  wanted: string,
): Promise<string> => {
  log.say('verbose', `Extracting ${packageId} ${version}`)
  const { folder, warnings } = await extractPackage(
    archive,
    extension,
    wanted,
    join(work, '.unpacking'),
  )
  for (const warning of warnings) log.say('warning', warning)
  return folder
}

const fileNameOf = (name: string): string => {
  const clean = [...name].filter(one => one >= ' ' && !'/\\:*?"<>|'.includes(one)).join('')
  return /^\.*$/.test(clean) ? '_' : clean
}
