import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { StepFailure } from '../actions/action.ts'
import { freeBytes } from '../facts.ts'
import { evaluate } from '../substitution/evaluate.ts'
import { copyFolder, listFiles, matcherOf } from '../workspace/files.ts'
import { patiently } from '../workspace/patience.ts'
import { type Convention, type PackageDeployment, setOutput } from './deployment.ts'

const VARIABLE = 'Octopus.Action.Package.CustomInstallationDirectory'

/** Copies what was extracted to the folder the step names, which is the current one from here on;
 *  that folder is emptied before if the step asks for it. */
export const copyToCustomFolder: Convention = async deployment => {
  const raw = deployment.variables.dictionary.getRaw(VARIABLE)
  if (!raw?.trim()) return
  const folder = customFolder(deployment, raw)
  const { variables, log } = deployment
  checkRoom(deployment, folder)
  if (variables.getFlag(`${VARIABLE}ShouldBePurgedBeforeDeployment`) && existsSync(folder)) {
    const exclusions = variables.getPaths(`${VARIABLE}PurgeExclusions`)
    log.say('info', `Purging ${folder}`)
    purge(folder, exclusions)
  }
  log.say('info', `Copying the package to ${folder}`)
  const count = copyFolder(deployment.folder, folder)
  deployment.folder = folder
  deployment.copiedTo = folder
  setOutput(deployment, 'Octopus.Action.Package.InstallationDirectoryPath', folder)
  setOutput(deployment, 'Package.InstallationDirectoryPath', folder)
  setOutput(deployment, 'Package.CopiedFileCount', String(count))
}

const customFolder = ({ variables, folder }: PackageDeployment, raw: string): string => {
  const { value, problem } = evaluate(raw.trim(), variables.dictionary)
  if (problem)
    throw new StepFailure(`The custom installation folder ${raw} is not known: ${problem.message}`)
  if (!value || !isAbsolute(value)) {
    throw new StepFailure(
      `The custom installation folder must be an absolute path, found ${value || 'nothing'}.`,
    )
  }
  const target = resolve(value)
  if (target === sep) throw new StepFailure('The custom installation folder cannot be / itself.')
  if (target === folder || target.startsWith(folder + sep)) {
    throw new StepFailure(
      `The custom installation folder ${target} lies inside the extracted package ${folder}; choose one outside.`,
    )
  }
  return target
}

/** What is running there is touched only when all of the package will fit: what is there already makes
 *  room for what replaces it. */
const checkRoom = ({ variables, folder: from }: PackageDeployment, to: string): void => {
  if (variables.getFlag('OctopusSkipFreeDiskSpaceCheck')) return
  const sizeOf = (folder: string, path: string): number =>
    statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0
  const total = (folder: string, paths: readonly string[]): number =>
    paths.reduce((sum, path) => sum + sizeOf(folder, path), 0)
  const purges = variables.getFlag(`${VARIABLE}ShouldBePurgedBeforeDeployment`) && existsSync(to)
  const files = listFiles(from)
  const needed = total(from, files) - total(to, purges ? listFiles(to) : files)
  const free = freeBytes(existingFolder(to))
  if (free === undefined || free >= needed) return
  const kib = (bytes: number) => Math.ceil(bytes / 1_024)
  throw new StepFailure(
    `Too little space for the package in ${to}: expected ${kib(needed)} KiB more, found ${kib(free)} KiB free. Nothing there has been touched; free some space and deploy again.`,
  )
}

const existingFolder = (path: string): string =>
  existsSync(path) ? path : existingFolder(dirname(path))

/** Empties a folder, but for what is excluded; the folder itself stays, as it may be a mount point. */
const purge = (folder: string, exclusions: readonly string[]): void => {
  const matchers = exclusions.map(matcherOf)
  const walk = (relative: string): void => {
    for (const entry of readdirSync(join(folder, relative), { withFileTypes: true })) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`
      if (matchers.some(matches => matches(path))) continue
      if (entry.isDirectory()) {
        walk(path)
        if (readdirSync(join(folder, path)).length === 0)
          patiently(() => rmdirSync(join(folder, path)))
      } else patiently(() => rmSync(join(folder, path)))
    }
  }
  walk('')
}
