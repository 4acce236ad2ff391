import type { FormState } from '../../../ui/components/form.tsx'
import type { Status } from '../../../ui/components/status.tsx'
import type { Frame, Theme } from '../../../ui/frame.tsx'

/** `usual`: what a team sees; `long`: texts at the limits; `empty`: the first day. */
export type Amount = 'usual' | 'long' | 'empty'

export const NOW = Date.UTC(2026, 10, 23, 14, 30)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export const frameFor = (theme: Theme, path = '/', extra: Partial<Frame> = {}): Frame => ({
  user: { name: 'Ada' },
  spaceName: 'Default',
  theme,
  csrf: 'csrf-token',
  now: NOW,
  path,
  activeTasks: 2,
  ...extra,
})

export type Kit = ReturnType<typeof kitFor>

/** Texts, names and things of one amount; `say` turns each text of users. */
export const kitFor = (theme: Theme, amount: Amount, say: (text: string) => string) => {
  const isLong = amount === 'long'
  const isEmpty = amount === 'empty'
  const text = (usual: string, long = `${usual} `.repeat(14).trim()) => say(isLong ? long : usual)
  const some = <T>(items: T[]): T[] => (isEmpty ? [] : items)
  const name = (usual: string) =>
    text(usual, `${usual}-of-the-international-wholesale-department-for-northern-europe`)
  const frame = (path: string, extra: Partial<Frame> = {}) =>
    frameFor(theme, path, { activeTasks: isEmpty ? 0 : 2, user: { name: name('Ada') }, ...extra })

  const environments = some(
    (isLong
      ? [
          'Development',
          'Integration',
          'Test',
          'Acceptance',
          'Staging',
          'Production-EU',
          'Production-US',
        ]
      : ['Development', 'Test', 'Production']
    ).map((each, index) => ({ id: `Environments-${index + 1}`, name: name(each) })),
  )
  const options = environments.map(({ id, name: label }) => ({ value: id, label }))
  const project = {
    id: 'Projects-1',
    name: name('Shop'),
    group: name('Web'),
    description: isEmpty ? '' : text('The public shop and its back office.'),
  }
  const version = isLong
    ? say('2026.11.23-feature-checkout-redesign.1043+sha.8f3a91c2')
    : say('1.4.2')
  const paging = isEmpty
    ? { page: 1, pageSize: 30, total: 0 }
    : isLong
      ? { page: 2, pageSize: 30, total: 412 }
      : { page: 1, pageSize: 30, total: 3 }
  const wrong: FormState = {
    values: { name: text('Shop') },
    errors: { name: `A project named ${text('Shop')} exists already. Choose another name.` },
  }
  const statuses: Status[] = [
    'success',
    'failed',
    'running',
    'queued',
    'cancelled',
    'waiting',
    'skipped',
    'blocked',
    'warning',
    'handled',
    'unknown',
  ]
  const scope = { environments: [], targetTags: [], targets: [], steps: [] }
  return {
    isLong,
    isEmpty,
    say,
    text,
    some,
    name,
    frame,
    environments,
    options,
    project,
    version,
    paging,
    wrong,
    statuses,
    scope,
  }
}
