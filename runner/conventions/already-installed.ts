import { existsSync } from 'node:fs'
import { deployedPackages } from '../workspace/deployed.ts'
import { type Convention, retentionSetOf, setOutput } from './deployment.ts'

/** Skips a package whose same version was the last one deployed here, if the step says so. */
export const skipWhenInstalled: Convention = async deployment => {
  const { variables, home, log } = deployment
  const { packageId, version } = deployment.package
  const set = retentionSetOf(deployment)
  const mine = deployedPackages(home).filter(entry => entry.retentionSet === set)
  publishPrevious(deployment, 'PreviousInstallation', mine.at(-1))
  const successful = mine.filter(entry => entry.wasSuccessful)
  publishPrevious(deployment, 'PreviousSuccessfulInstallation', successful.at(-1))

  if (!variables.getFlag('Octopus.Action.Package.SkipIfAlreadyInstalled')) return
  const last = mine.at(-1)
  const isSame = last?.packageId === packageId && last.version === version && last.wasSuccessful
  const folder = last?.customFolder ?? last?.extractedTo
  if (!isSame || !folder || !existsSync(folder)) return
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
