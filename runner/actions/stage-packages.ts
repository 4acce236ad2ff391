import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { GrantedPackage } from '../protocol/messages.ts'
import { extractPackage } from '../workspace/archive.ts'
import { PackageCache } from '../workspace/package-cache.ts'
import { type ActionContext, StepFailure } from './action.ts'

/** Puts each package of a script step beside the script: extracted as `./<name>`, or as a file
 *  `./<name>.<extension>`. Answers where the main one is, if there is one. */
export const stagePackages = async (context: ActionContext): Promise<string | undefined> => {
  let main: string | undefined
  for (const one of context.grant.packages) {
    const archive = await checkedArchive(context, one)
    if (one.name === '') main = await extract(context, one, archive, 'package')
    else await stage(context, one, archive)
  }
  return main
}

/** The package file, its digest checked again. */
export const checkedArchive = async (
  { home }: ActionContext,
  { sha256, packageId, version }: GrantedPackage,
): Promise<string> => {
  const cache = new PackageCache(home.packages)
  if (await cache.has(sha256)) return cache.path(sha256)
  throw new StepFailure(
    `Package ${packageId} ${version} is missing or damaged in ${home.packages}; run the step again to fetch it anew.`,
  )
}

const stage = async (context: ActionContext, one: GrantedPackage, archive: string) => {
  const { variables, work } = context
  const prefix = `Octopus.Action.Package[${one.name}]`
  const name = fileNameOf(one.name)
  if (one.extract) {
    variables.set(`${prefix}.ExtractedPath`, await extract(context, one, archive, name))
    return
  }
  const path = join(work, `${name}${one.extension}`)
  copyFileSync(archive, path)
  variables.set(`${prefix}.PackageFilePath`, path)
  variables.set(`${prefix}.PackageFileName`, basename(path))
}

const extract = async (
  { work, log }: ActionContext,
  { packageId, version, extension }: GrantedPackage,
  archive: string,
  name: string,
): Promise<string> => {
  log.say('verbose', `Extracting ${packageId} ${version}`)
  const target = join(work, name)
  const { folder, warnings } = await extractPackage(
    archive,
    extension,
    target,
    join(work, '.unpacking'),
  )
  for (const warning of warnings) log.say('warning', warning)
  return folder
}

const fileNameOf = (name: string): string => {
  const clean = [...name].filter(one => one >= ' ' && !'/\\:*?"<>|'.includes(one)).join('')
  return /^\.*$/.test(clean) ? '_' : clean
}
