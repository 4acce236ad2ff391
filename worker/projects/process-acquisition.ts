import { invalid } from '../http/problem.ts'
import type { ActionDocument, ProcessDocument, StepDocument } from './process-document.ts'

const RUN_ON_SERVER = 'Octopus.Action.RunOnServer'
const PACKAGE_ID = 'Octopus.Action.Package.PackageId'

/** Packages that the targets themselves are to have before the step begins. */
const takesPackages = ({ IsDisabled, Packages, Properties }: ActionDocument): boolean => {
  if (IsDisabled || String(Properties[RUN_ON_SERVER]).toLowerCase() === 'true') return false
  const isNamed = typeof Properties[PACKAGE_ID] === 'string' && Properties[PACKAGE_ID] !== ''
  return (
    Packages.some(({ AcquisitionLocation }) => AcquisitionLocation !== 'NotAcquired') ||
    (isNamed && Packages.every(({ Name }) => Name !== ''))
  )
}

/**
 * Refuses what no order can fulfil: packages are fetched once, just before the first steps that need
 * them, so a step that is to run before that must come before those.
 * @throws Problem `invalid`, naming both steps
 */
export const checkAcquisition = ({ Steps }: ProcessDocument): void => {
  const groups: StepDocument[][] = []
  for (const [index, step] of Steps.entries())
    if (index > 0 && step.StartTrigger === 'StartWithPrevious') groups.at(-1)?.push(step)
    else groups.push([step])
  let taker: string | undefined
  for (const group of groups) {
    taker ??= group.find(({ Actions }) => Actions.some(takesPackages))?.Name
    const early = group.find(step => step.PackageRequirement === 'BeforePackageAcquisition')
    if (taker === undefined || early === undefined) continue
    const instead = 'Move it up, or let it run whenever the packages come.'
    throw invalid(
      early.Name === taker
        ? `Step '${early.Name}' is to run before packages are fetched, and needs packages itself. Let it run after they are.`
        : `Step '${early.Name}' is to run before packages are fetched, but '${taker}', which needs them, does not come after it. ${instead}`,
    )
  }
}
