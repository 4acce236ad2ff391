import { join } from 'node:path'
import { StepFailure } from '../actions/action.ts'
import { freeBytes } from '../facts.ts'
import { extractPackage } from '../workspace/archive.ts'
import { type Convention, type PackageDeployment, setOutput } from './deployment.ts'

const FREE_BYTES = 500 * 1024 * 1024

/** Extracts into `<applications>/[<tenant>/]<environment>/<id>/<version>`, never over another. */
export const extractThePackage: Convention = async deployment => {
  const { package: pkg, log, variables, work } = deployment
  checkFreeSpace(deployment)
  log.say('verbose', `Extracting ${pkg.packageId} ${pkg.version}`)
  const { folder, fileCount, warnings } = await extractPackage(
    deployment.archive,
    pkg.extension,
    installationFolder(deployment),
    join(work, 'unpacking'),
  )
  for (const warning of warnings) log.say('warning', warning)
  deployment.folder = folder
  deployment.extractedTo = folder
  log.say('verbose', `Extracted ${fileCount} files to ${folder}`)
  variables.set('OctopusOriginalPackageDirectoryPath', folder)
  setOutput(deployment, 'Octopus.Action.Package.InstallationDirectoryPath', folder)
  setOutput(deployment, 'Package.InstallationDirectoryPath', folder)
  setOutput(deployment, 'Package.ExtractedFileCount', String(fileCount))
}

const installationFolder = ({ home, variables, package: pkg }: PackageDeployment): string => {
  const tenant = variables.get('Octopus.Deployment.Tenant.Name')
  const environment = variables.get('Octopus.Environment.Name')
  const folders = [tenant, environment].flatMap(name => (name ? [cleanName(name)] : []))
  return join(home.applications, ...folders, encodePart(pkg.packageId), encodePart(pkg.version))
}

/** Without the characters that no file name may hold on any system. */
const cleanName = (name: string): string => {
  const clean = [...name].filter(one => one >= ' ' && !'/\\:*?"<>|'.includes(one)).join('')
  return /^\.*$/.test(clean.trim()) ? '_' : clean.trim()
}

/** Ids and versions keep apart what is apart: what cannot stand in a file name is encoded. */
const encodePart = (text: string): string =>
  cleanName(
    text.replace(/[%<>:"/\\|?@]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`),
  )

const checkFreeSpace = ({ home, variables, package: pkg }: PackageDeployment): void => {
  if (variables.getFlag('OctopusSkipFreeDiskSpaceCheck')) return
  const wantedMb = variables.dictionary.getInt32('OctopusFreeDiskSpaceOverrideInMegaBytes')
  const needed = (wantedMb === undefined ? FREE_BYTES : wantedMb * 1_048_576) + pkg.sizeBytes
  const free = freeBytes(home.applications)
  if (free === undefined || free >= needed) return
  const mib = (bytes: number) => Math.round(bytes / 1_048_576)
  throw new StepFailure(
    `Too little space for ${pkg.packageId}: expected ${mib(needed)} MiB free in ${home.applications}, found ${mib(free)} MiB. Free some, or lower OctopusFreeDiskSpaceOverrideInMegaBytes.`,
  )
}
