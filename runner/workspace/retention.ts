import { rmSync } from 'node:fs'
import { type PackageDeployment, retentionSetOf } from '../conventions/deployment.ts'
import { type Deployed, deployedPackages, replaceDeployed } from './deployed.ts'

const DAY_MS = 86_400_000

export type RetentionRule = { days: number } | { items: number }

/** Which entries of one retention set go, oldest first in, in this order out. By count: this
 *  deployment and so many successful ones before it stay, and failed ones among them go. */
export const outdated = (
  entries: readonly Deployed[],
  rule: RetentionRule,
  now: number,
): Deployed[] => {
  const current = entries.at(-1)
  const earlier = entries.slice(0, -1)
  if ('days' in rule)
    return earlier.filter(({ installedAt }) => now - installedAt > rule.days * DAY_MS)
  const successful = earlier.filter(({ wasSuccessful }) => wasSuccessful)
  if (!current || successful.length <= rule.items) return []
  const kept = new Set(rule.items > 0 ? successful.slice(-rule.items) : [])
  return earlier.filter(entry => !kept.has(entry))
}

/** Removes what the retention policy no longer keeps on this machine. Custom folders are never
 *  touched, nor one that a kept entry uses; a folder that cannot be removed keeps its entry. */
export const applyRetention = (deployment: PackageDeployment): void => {
  const { home, log, variables } = deployment
  const days = variables.dictionary.getInt32('OctopusRetentionPolicyDaysToKeep')
  const items = variables.dictionary.getInt32('OctopusRetentionPolicyItemsToKeep')
  const rule = days !== undefined ? { days } : items !== undefined ? { items } : undefined
  if (!rule) return
  const all = deployedPackages(home)
  const set = retentionSetOf(deployment)
  const mine = all.filter(({ retentionSet }) => retentionSet === set)
  const leaving = new Set(outdated(mine, rule, Date.now()))
  const used = new Set(all.filter(entry => !leaving.has(entry)).map(entry => entry.extractedTo))
  for (const entry of leaving) {
    try {
      if (!used.has(entry.extractedTo)) rmSync(entry.extractedTo, { recursive: true, force: true })
      log.say('verbose', `Retention: removed ${entry.packageId} ${entry.version}`)
    } catch (error) {
      leaving.delete(entry)
      log.say('warning', `Retention: ${entry.extractedTo} cannot be removed: ${String(error)}`)
    }
  }
  if (leaving.size > 0)
    replaceDeployed(
      home,
      all.filter(entry => !leaving.has(entry)),
    )
}
