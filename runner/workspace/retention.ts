import { rmSync } from 'node:fs'
import { sep } from 'node:path'
import { type PackageDeployment, retentionSetOf } from '../conventions/deployment.ts'
import { changeDeployed, type Deployed } from './deployed.ts'
import { patience } from './patience.ts'

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

/** Removes what the retention policy no longer keeps on this machine, once the new version is in
 *  place. What cannot be removed is told, and no reason to fail. */
export const applyRetention = (deployment: PackageDeployment): void => {
  const { log } = deployment
  const rule = ruleOf(deployment)
  try {
    if (rule) removeOutdated(deployment, rule)
  } catch (error) {
    log.say('warning', `Retention on this machine did not come to its end: ${String(error)}`)
  }
}

const ruleOf = ({ variables }: PackageDeployment): RetentionRule | undefined => {
  const days = variables.dictionary.getInt32('OctopusRetentionPolicyDaysToKeep')
  const items = variables.dictionary.getInt32('OctopusRetentionPolicyItemsToKeep')
  if (days !== undefined && days >= 0) return { days }
  return items !== undefined && items >= 0 ? { items } : undefined
}

/** Custom folders are never touched, nor one that a kept entry uses, nor anything that is not ours; a
 *  folder that cannot be removed keeps its entry. */
const removeOutdated = (deployment: PackageDeployment, rule: RetentionRule): void => {
  const { home, log } = deployment
  const set = retentionSetOf(deployment)
  changeDeployed(home, all => {
    const leaving = new Set(
      outdated(
        all.filter(({ retentionSet }) => retentionSet === set),
        rule,
        Date.now(),
      ),
    )
    const used = new Set(
      all
        .filter(entry => !leaving.has(entry))
        .flatMap(({ extractedTo, customFolder }) => [extractedTo, customFolder]),
    )
    const removing = patience()
    for (const entry of leaving) {
      const { extractedTo, packageId, version } = entry
      try {
        const isOurs = extractedTo.startsWith(home.applications + sep)
        if (isOurs && !used.has(extractedTo))
          removing(() => rmSync(extractedTo, { recursive: true, force: true }))
        log.say('verbose', `Retention: removed ${packageId} ${version} in ${extractedTo}`)
      } catch (error) {
        leaving.delete(entry)
        log.say('warning', `Retention: ${extractedTo} cannot be removed: ${String(error)}`)
      }
    }
    return all.filter(entry => !leaving.has(entry))
  })
}
