import * as z from 'zod'
import { isoTimeOrNull } from '../http/values.ts'
import { name } from './environment.ts'
import type { TargetRow } from './target-store.ts'

const references = z.array(z.string().min(1).max(200)).max(200)
/** A tag is free text within reason: it stands in lists and query strings, where commas separate. */
export const tags = z
  .array(
    z
      .string()
      .trim()
      .min(1, 'must not be empty.')
      .max(100, 'may have 100 characters.')
      .regex(/^[^,\p{Cc}]*$/u, 'must not contain a comma or a control character.'),
  )
  .max(100, 'holds too many; a target has at most 100 tags.')

export const targetInput = z.object({
  Name: name('A target'),
  EnvironmentIds: references.min(1, 'is empty; a target stands in at least one environment.'),
  Roles: tags.min(1, 'is empty; give the target at least one tag, so that steps can name it.'),
  IsDisabled: z.boolean().nullish(),
  MachinePolicyId: z.string().max(200).nullish(),
  TenantedDeploymentParticipation: z
    .enum(['Untenanted', 'TenantedOrUntenanted', 'Tenanted'])
    .nullish(),
})
export type TargetInput = z.output<typeof targetInput>

type Facts = {
  hostname?: string
  os?: string
  arch?: string
  runnerVersion?: string
  runtime?: string
  shells?: string[]
  freeDiskBytes?: number
}

/** What a machine's own process said of it, read leniently: it is shown, never acted upon. */
export const machineFacts = (facts: unknown): Facts =>
  facts !== null && typeof facts === 'object' ? (facts as Facts) : {}

type Machine = Pick<
  TargetRow,
  'runnerId' | 'runnerFacts' | 'lastSeenAt' | 'isDisabled' | 'healthStatus' | 'statusSummary'
>

/** The fields that targets and pool members have in common. */
export const machineFields = (row: Machine) => {
  const facts = machineFacts(row.runnerFacts)
  return {
    IsDisabled: row.isDisabled,
    IsInProcess: false,
    HealthStatus: row.healthStatus,
    HasLatestCalamari: true,
    Status: row.isDisabled ? 'Disabled' : (STATUS[row.healthStatus] ?? 'Unknown'),
    StatusSummary:
      row.statusSummary ||
      (row.runnerId ? 'Its runner has not reported yet.' : 'No runner is registered for it.'),
    Uri: null,
    Thumbprint: null,
    OperatingSystem: facts.os ?? 'Unknown',
    Architecture: facts.arch ?? 'Unknown',
    ShellName: facts.shells?.[0] ?? 'Unknown',
    ShellVersion: 'Unknown',
    Endpoint: row.runnerId
      ? { CommunicationStyle: 'TentacleActive', Uri: null, Thumbprint: null }
      : { CommunicationStyle: 'None' },
    RunnerId: row.runnerId,
    RunnerVersion: facts.runnerVersion ?? null,
    Hostname: facts.hostname ?? null,
    LastSeen: isoTimeOrNull(row.lastSeenAt),
  }
}

const STATUS: Record<string, string> = {
  Healthy: 'Online',
  HasWarnings: 'Online',
  Unhealthy: 'Offline',
  Unavailable: 'Offline',
}

export const targetResource = (row: TargetRow) => {
  const self = `/api/${row.spaceId}/machines/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Slug: row.slug,
    EnvironmentIds: row.environmentIds,
    Roles: row.tags,
    TenantIds: [],
    TenantTags: [],
    TenantedDeploymentParticipation: row.tenantedParticipation,
    MachinePolicyId: row.machinePolicyId,
    ...machineFields(row),
    Links: {
      Self: self,

      Web: `/infrastructure/targets/${row.id}`,
    },
  }
}
