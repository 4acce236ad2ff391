import * as z from 'zod'
import type { Entries } from './system-variables.ts'

const policy = z
  .object({
    Unit: z.enum(['Days', 'Items']).catch('Items'),
    QuantityToKeep: z.number().int().min(0).catch(0),
    ShouldKeepForever: z.boolean().catch(true),
  })
  .nullish()
  .catch(null)

const lifecycle = z.object({
  settings: z.object({ TentacleRetentionPolicy: policy }),
  phases: z.array(
    z.object({
      AutomaticDeploymentTargets: z.array(z.string()).catch([]),
      OptionalDeploymentTargets: z.array(z.string()).catch([]),
      TentacleRetentionPolicy: policy,
    }),
  ),
})

/** A query for a column; the tables are those of `selectDeployment`. */
export const LIFECYCLE = `(SELECT json_object('settings', json(l.settings), 'phases', json(l.phases))
  FROM lifecycles AS l WHERE l.id = coalesce(c.lifecycle_id, p.lifecycle_id)) AS lifecycle`

/** How much of what was deployed is kept on the targets: as the environment's phase says, else the
 *  lifecycle. Nothing is said when all is kept. */
export const retentionVariables = (text: string | null, environmentId: string): Entries => {
  const found = lifecycle.safeParse(JSON.parse(text ?? '{}'))
  if (!found.success) return []
  const { phases, settings } = found.data
  const phase =
    phases.find(each =>
      [...each.AutomaticDeploymentTargets, ...each.OptionalDeploymentTargets].includes(
        environmentId,
      ),
    ) ??
    // A phase that lists none has every environment that no other lists.
    phases.find(
      each => each.AutomaticDeploymentTargets.length + each.OptionalDeploymentTargets.length === 0,
    )
  const rule = phase?.TentacleRetentionPolicy ?? settings.TentacleRetentionPolicy
  if (!rule || rule.ShouldKeepForever || rule.QuantityToKeep === 0) return []
  return [[`OctopusRetentionPolicy${rule.Unit}ToKeep`, `${rule.QuantityToKeep}`]]
}
