import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import type { Database } from '../database/client.ts'
import { invalid } from '../http/problem.ts'
import { readSteps, type Step } from './process.ts'
import type { ProjectSettings, VersioningStrategy } from './project.ts'
import { getProcess } from './store.ts'

type Donor = NonNullable<VersioningStrategy['DonorPackage']>

const same = (left: string | null, right: string | null) =>
  (left ?? '').toLowerCase() === (right ?? '').toLowerCase()

/** Why a package of the process cannot give releases their version; undefined when it can. */
const whyNoDonor = (steps: readonly Step[], donor: Donor): string | undefined => {
  const { DeploymentAction, PackageReference } = donor
  const actions = steps.flatMap(step => step.actions)
  const action = actions.find(({ name }) => same(name, DeploymentAction))
  const known = actions
    .filter(({ packages }) => packages.length > 0)
    .slice(0, 10)
    .map(({ name }) => name)
  const advice =
    known.length === 0 ? 'No step has a package.' : `Steps with packages: ${known.join(', ')}.`
  if (!action)
    return `There is no step '${DeploymentAction.slice(0, 200)}' to take the release version from. ${advice}`
  if (!action.packages.some(({ name }) => same(name, PackageReference)))
    return (
      `Step ${action.name} has no package${PackageReference ? ` '${PackageReference}'` : ''} to take ` +
      `the release version from. ${advice}`
    )
  if (action.isDisabled)
    return `Step ${action.name} is disabled, so releases take no package of it. Enable it, or choose another. ${advice}`
  return undefined
}

/** What the template refers to is known only when a release is made; its syntax is known now. */
const whyNoTemplate = (template: string): string | undefined => {
  try {
    const { problem } = evaluate(template, new VariableDictionary({}))
    if (!problem || problem.kind === 'missing') return undefined
    return `The template for release versions cannot be read: ${problem.message}`
  } catch (error) {
    if (error instanceof SubstitutionError)
      return `The template for release versions cannot be used: ${error.message}`
    throw error
  }
}

/**
 * How releases get their numbers. A project may be set up before its process: as long as that is
 * empty, any donor is taken; and what was stored before stays.
 * @throws Problem `invalid`
 */
export const checkVersioning = async (
  db: Database,
  { id, settings }: { id: string; settings: ProjectSettings },
  strategy: VersioningStrategy | null | undefined,
): Promise<void> => {
  const broken = strategy?.Template ? whyNoTemplate(strategy.Template) : undefined
  if (broken) throw invalid(broken, { VersioningStrategy: broken })
  const donor = strategy?.DonorPackage
  if (!donor) return
  const before = settings.VersioningStrategy.DonorPackage
  if (
    before &&
    same(before.DeploymentAction, donor.DeploymentAction) &&
    same(before.PackageReference, donor.PackageReference)
  )
    return
  const steps = readSteps((await getProcess(db, id)).steps)
  const reason = steps.length === 0 ? undefined : whyNoDonor(steps, donor)
  if (reason) throw invalid(reason, { DonorPackage: reason })
}
