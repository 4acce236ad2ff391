import type { Action } from './action.ts'
import { withPackages } from './stage-packages.ts'

/** *Acquire packages*: they were fetched before it began. That each is here and whole is all there is
 *  to see to; the steps that follow find them. */
export const acquirePackages: Action = async context => {
  const wanted = new Map(context.grant.packages.map(one => [one.sha256, one]))
  await withPackages(context, [...wanted.values()], async held => {
    const bytes = held.reduce((sum, each) => sum + each.package.sizeBytes, 0)
    const size = `${(bytes / 1_000_000).toFixed(1)} MB`
    const isOne = held.length === 1
    context.log.say(
      'info',
      `${held.length} ${isOne ? 'package' : 'packages'} (${size}) ${isOne ? 'is' : 'are'} here and whole.`,
    )
  })
}
