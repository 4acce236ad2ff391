import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What WCAG 2.2 AA finds wrong with the page as it stands, or one rule of it alone. */
export const violationsIn = async (page: Page, rule?: string): Promise<string[]> => {
  // Without frames there is nothing to gather, for which it would open a second page each time;
  // it names the elements of violations alone.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  axe.options({
    runOnly: rule ? { type: 'rule', values: [rule] } : { type: 'tag', values: WCAG },
    resultTypes: ['violations'],
  })
  const { violations } = await axe.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
