import type { Option } from '../../ui/components/fields.tsx'
import type { Database } from '../database/client.ts'
import { needsOf } from '../releases/package-selection.ts'
import { pairOf, readPair } from './channel-form.ts'
import { readSteps } from './process.ts'
import type { VersioningStrategy } from './project.ts'
import { getProcess, type ProjectRow } from './store.ts'

/** The package that a release takes its version from, as the form's field has it; empty: none. */
export const donorOf = ({ DonorPackage }: VersioningStrategy): string =>
  DonorPackage ? pairOf(DonorPackage.DeploymentAction, DonorPackage.PackageReference ?? '') : ''

export const donorIn = (field: string): VersioningStrategy['DonorPackage'] => {
  if (field === '') return null
  const [DeploymentAction, PackageReference] = readPair(field)
  return { DeploymentAction, PackageReference }
}

/** The packages of the process, and the donor that is chosen though it is there no more. */
export const donorOptions = async (db: Database, project: ProjectRow): Promise<Option[]> => {
  const { steps } = await getProcess(db, project.id)
  const options = needsOf(readSteps(steps)).map(({ actionName, referenceName, packageId }) => ({
    value: pairOf(actionName, referenceName),
    label: `Package ${packageId} of ${actionName}${referenceName && `: ${referenceName}`}`,
  }))
  const chosen = donorOf(project.settings.VersioningStrategy)
  if (chosen === '' || options.some(({ value }) => value === chosen)) return options
  const [name, reference] = readPair(chosen)
  return [
    ...options,
    { value: chosen, label: `${name}${reference && `: ${reference}`} (not in the process)` },
  ]
}
