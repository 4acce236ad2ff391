import { existsSync } from 'node:fs'
import { deployedPackages } from '../workspace/deployed.ts'
import { type Convention, retentionSetOf, setOutput } from './deployment.ts'

/** Skips a package whose same version was deployed here already and well, if the step says so. Where
 *  it was copied to a folder of its own, another version may have taken its place there since. */
export const skipWhenInstalled: Convention = async deployment => {
  const { variables, home, log } = deployment
  const { packageId, version } = deployment.package
  const set = retentionSetOf(deployment)
  const all = deployedPackages(home)
  const mine = all.filter(entry => entry.retentionSet === set)
  publishPrevious(deployment, 'PreviousInstallation', mine.at(-1))
  const successful = mine.filter(entry => entry.wasSuccessful)
  publishPrevious(deployment, 'PreviousSuccessfulInstallation', successful.at(-1))

  if (!variables.getFlag('Octopus.Action.Package.SkipIfAlreadyInstalled')) return
  const same = mine.findLast(one => one.packageId === packageId && one.version === version)
  if (same && !same.wasSuccessful)
    log.say('info', `${packageId} ${version} was deployed here without success: it is tried again.`)
  const folder = same?.customFolder ?? same?.extractedTo
  if (!same?.wasSuccessful || !folder || !existsSync(folder)) return
  const last = all.findLast(one => one.customFolder === folder)
  if (same.customFolder && last !== same) {
    log.say('info', `${folder} holds ${last?.packageId} ${last?.version} by now: deployed again.`)
    return
  }
  log.say('info', `${packageId} ${version} is installed in ${folder} already.`)
  deployment.isInstalled = true
  setOutput(deployment, 'Octopus.Action.Package.InstallationDirectoryPath', folder)
  setOutput(deployment, 'Package.InstallationDirectoryPath', folder)
  variables.set('Octopus.Action.SkipRemainingConventions', 'True')
}

const publishPrevious = (
  { variables }: Parameters<Convention>[0],
  kind: string,
  entry: ReturnType<typeof deployedPackages>[number] | undefined,
): void => {
  const prefix = `Octopus.Tentacle.${kind}`
  variables.set(`${prefix}.OriginalInstalledPath`, entry?.extractedTo ?? '')
  variables.set(`${prefix}.CustomInstallationDirectory`, entry?.customFolder ?? '')
  variables.set(`${prefix}.PackageFilePath`, entry?.archive ?? '')
  variables.set(`${prefix}.PackageVersion`, entry?.version ?? '')
}
