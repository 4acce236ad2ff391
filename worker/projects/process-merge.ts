import { type Keyring, seal } from '../access/envelope.ts'
import { slugOf } from '../database/slug.ts'
import { invalid } from '../http/problem.ts'
import { MIN_SECRET_LENGTH } from '../variables/masking.ts'
import { propertyAad } from './process.ts'
import type { ActionDocument, ProcessDocument, PropertyInput } from './process-document.ts'
import { freeSlug } from './slug.ts'

/** As stored: a sensitive property is `{HasValue, Sealed}`. */
type StoredProperty = string | { HasValue: boolean; Sealed?: string }
type Holder = { Id: string; Properties: Record<string, unknown> }

/**
 * What becomes of the stored process when `document` takes its place: what it has already keeps
 * its ids and secrets; what is new gets ids of ours, for secrets are bound to them.
 * @param newId makes an id that nothing else has
 */
export const mergeProcess = async (
  document: ProcessDocument,
  stored: unknown,
  keyring: () => Promise<Keyring>,
  newId: () => string,
) => {
  const known = holdersOf(stored)
  const used = new Set<string>()
  const idFor = (id: string): string => {
    if (!known.has(id) || used.has(id)) return newId()
    used.add(id)
    return id
  }
  const slugs = new Set<string>()
  const actionSlugs = new Set<string>()
  const protect = (id: string, holder: { Name: string; Properties: Properties }) =>
    sealProperties(id, holder, known.get(id)?.Properties ?? {}, keyring)

  const steps = []
  for (const { Links: _, ...step } of document.Steps) {
    const Id = idFor(step.Id)
    const actions = []
    for (const { Links: _, ...action } of step.Actions) {
      const Id = idFor(action.Id)
      actions.push({
        ...action,
        Id,
        Slug: claim(actionSlugs, action.Slug, action.Name),
        Packages: packagesWithIds(action, newId),
        Properties: await protect(Id, action),
      })
    }
    const Slug = claim(slugs, step.Slug, step.Name)
    steps.push({ ...step, Id, Slug, Properties: await protect(Id, step), Actions: actions })
  }
  return steps
}

type Properties = Record<string, PropertyInput>

const packagesWithIds = (action: ActionDocument, newId: () => string) =>
  action.Packages.map(({ Links: _, ...each }) => ({ ...each, Id: each.Id || newId() }))

const claim = (taken: Set<string>, wanted: string | null, name: string): string => {
  const slug = freeSlug(slugOf(wanted ?? name), taken)
  taken.add(slug)
  return slug
}

/** Steps and actions of a stored process by id. */
const holdersOf = (stored: unknown): Map<string, Holder> => {
  const steps = Array.isArray(stored) ? (stored as (Holder & { Actions: Holder[] })[]) : []
  const holders = new Map<string, Holder>()
  for (const step of steps)
    for (const holder of [step, ...step.Actions]) holders.set(holder.Id, holder)
  return holders
}

const sealProperties = async (
  id: string,
  { Name, Properties }: { Name: string; Properties: Properties },
  before: Record<string, unknown>,
  keyring: () => Promise<Keyring>,
): Promise<Record<string, StoredProperty>> => {
  const stored: Record<string, StoredProperty> = {}
  for (const [property, value] of Object.entries(Properties)) {
    if (typeof value === 'string') stored[property] = value
    else if (value.NewValue === null) stored[property] = kept(before[property])
    else if (value.NewValue === '') stored[property] = { HasValue: false }
    else if (value.NewValue.length < MIN_SECRET_LENGTH)
      throw invalid(
        `The sensitive property ${property} of '${Name}' has fewer than ${MIN_SECRET_LENGTH} ` +
          'characters, too few to be masked in logs. Use a longer value.',
      )
    else
      stored[property] = {
        HasValue: true,
        Sealed: await seal(await keyring(), propertyAad(id, property), value.NewValue),
      }
  }
  return stored
}

const kept = (before: unknown): StoredProperty => {
  const sealed = (before as { Sealed?: unknown } | null | undefined)?.Sealed
  return typeof sealed === 'string' ? { HasValue: true, Sealed: sealed } : { HasValue: false }
}

/** A stored process as clients may see it: of a secret only whether there is one. */
export const withoutSecrets = (steps: unknown): unknown[] =>
  (Array.isArray(steps) ? steps : []).map(step => ({
    ...shown(step),
    Actions: (step.Actions ?? []).map(shown),
  }))

const shown = (holder: Record<string, unknown>): Record<string, unknown> => ({
  ...holder,
  Properties: Object.fromEntries(
    Object.entries(holder.Properties ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value
        : { HasValue: Boolean(value?.HasValue), NewValue: null, Hint: null },
    ]),
  ),
})
