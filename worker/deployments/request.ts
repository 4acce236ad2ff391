import * as z from 'zod'
import { invalid } from '../http/problem.ts'

const name = z.string().trim().min(1).max(500)
const names = z.array(name).max(1000).nullish()
const values = z.record(z.string().max(1000), z.string().max(1_048_576)).nullish()

/** `LifecycleDefault`: as its phase says. */
const priority = z
  .string()
  .nullish()
  .transform((value, context): 'On' | 'Off' | null => {
    const lower = value?.trim().toLowerCase() ?? ''
    if (lower === '' || lower === 'lifecycledefault') return null
    if (lower === 'on') return 'On'
    if (lower === 'off') return 'Off'
    context.addIssue(`must be On, Off or LifecycleDefault; found '${value?.slice(0, 100)}'.`)
    return z.NEVER
  })

/** What `deployments/create/untenanted/v1` takes: names, slugs or ids alike. */
export const createUntenanted = z.object({
  ProjectName: name,
  ReleaseVersion: name,
  EnvironmentNames: z.array(name).min(1).max(50),
  Variables: values,
  UseGuidedFailure: z.boolean().nullish(),
  ForcePackageDownload: z.boolean().nullish(),
  ForcePackageRedeployment: z.boolean().nullish(),
  UpdateVariableSnapshot: z.boolean().nullish(),
  SpecificMachineNames: names,
  ExcludedMachineNames: names,
  SkipStepNames: names,
  RunAt: z.string().max(100).nullish(),
  NoRunAfter: z.string().max(100).nullish(),
  Priority: priority,
  Comments: z.string().max(20_000).nullish(),
})

/** What `POST /deployments` takes: ids. */
export const createDeployment = z.object({
  ReleaseId: name,
  EnvironmentId: name,
  TenantId: z.null().or(z.literal('')).optional(),
  SkipActions: names,
  SpecificMachineIds: names,
  ExcludedMachineIds: names,
  FormValues: values,
  UseGuidedFailure: z.boolean().nullish(),
  ForcePackageDownload: z.boolean().nullish(),
  ForcePackageRedeployment: z.boolean().nullish(),
  QueueTime: z.string().max(100).nullish(),
  QueueTimeExpiry: z.string().max(100).nullish(),
  Priority: priority,
  Comments: z.string().max(20_000).nullish(),
})

/** One way to say it, whichever way it came. Names, slugs and ids are all understood. */
export type DeploymentRequest = {
  environments: string[]
  skipSteps: string[]
  specificMachines: string[]
  excludedMachines: string[]
  formValues: Record<string, string>
  useGuidedFailure: boolean | null
  forcePackageDownload: boolean
  forcePackageRedeployment: boolean
  /** Epoch milliseconds; null: at once. */
  startAt: number | null
  expiresAt: number | null
  /** Before others with the same concurrency key; null: as its phase says. */
  priority: 'On' | 'Off' | null
  comments: string
}

export const NOTHING_SPECIAL: Omit<DeploymentRequest, 'environments'> = {
  skipSteps: [],
  specificMachines: [],
  excludedMachines: [],
  formValues: {},
  useGuidedFailure: null,
  forcePackageDownload: false,
  forcePackageRedeployment: false,
  startAt: null,
  expiresAt: null,
  priority: null,
  comments: '',
}

export const fromUntenanted = (body: z.output<typeof createUntenanted>): DeploymentRequest => ({
  environments: body.EnvironmentNames,
  skipSteps: body.SkipStepNames ?? [],
  specificMachines: body.SpecificMachineNames ?? [],
  excludedMachines: body.ExcludedMachineNames ?? [],
  formValues: body.Variables ?? {},
  ...options(body),
  ...schedule(body.RunAt, body.NoRunAfter),
})

export const fromResource = (body: z.output<typeof createDeployment>): DeploymentRequest => ({
  environments: [body.EnvironmentId],
  skipSteps: body.SkipActions ?? [],
  specificMachines: body.SpecificMachineIds ?? [],
  excludedMachines: body.ExcludedMachineIds ?? [],
  formValues: body.FormValues ?? {},
  ...options(body),
  ...schedule(body.QueueTime, body.QueueTimeExpiry),
})

type Options = Pick<
  z.output<typeof createDeployment>,
  'UseGuidedFailure' | 'ForcePackageDownload' | 'ForcePackageRedeployment' | 'Comments' | 'Priority'
>

const options = (body: Options) => ({
  useGuidedFailure: body.UseGuidedFailure ?? null,
  forcePackageDownload: body.ForcePackageDownload ?? false,
  forcePackageRedeployment: body.ForcePackageRedeployment ?? false,
  comments: body.Comments ?? '',
  priority: body.Priority ?? null,
})

const schedule = (startAt: string | null | undefined, expiresAt: string | null | undefined) => {
  const times = {
    startAt: readTime('The start', startAt),
    expiresAt: readTime('The expiry', expiresAt),
  }
  if (times.startAt !== null && times.expiresAt !== null && times.expiresAt <= times.startAt)
    throw invalid('The expiry of a scheduled deployment must be later than its start.')
  return times
}

const readTime = (what: string, value: string | null | undefined): number | null => {
  if (!value) return null
  const at = Date.parse(value)
  if (Number.isNaN(at))
    throw invalid(`${what} must be a time like 2030-01-31T09:00:00+00:00; found '${value}'.`)
  return at
}

const MAX_AHEAD_MS = 30 * 24 * 3_600_000

/** @throws Problem `invalid` for what lies too far ahead, or is already over. */
export const checkSchedule = ({ startAt, expiresAt }: DeploymentRequest, now: number): void => {
  if (startAt !== null && startAt - now > MAX_AHEAD_MS)
    throw invalid('A deployment can be scheduled at most 30 days ahead.')
  if (expiresAt !== null && expiresAt <= now)
    throw invalid('The expiry of the deployment is already over; choose a later one.')
}
