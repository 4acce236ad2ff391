/** What a value can be limited to. Ids, except `role`, which holds target tags. */
export const DIMENSIONS = [
  'environment',
  'machine',
  'role',
  'action',
  'channel',
  'tenantTag',
  'processOwner',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** A missing or empty dimension limits nothing. */
export type Scope = Partial<Record<Dimension, readonly string[]>>

/** The names the dimensions have in the API and in storage. */
export const WIRE_NAME = {
  environment: 'Environment',
  machine: 'Machine',
  role: 'Role',
  action: 'Action',
  channel: 'Channel',
  tenantTag: 'TenantTag',
  processOwner: 'ProcessOwner',
} as const satisfies Record<Dimension, string>

export type WireScope = Partial<Record<(typeof WIRE_NAME)[Dimension], string[]>>

/** The stored form: `{"Environment":["Environments-1"],"Role":["web"]}`, keys and values sorted, so
 *  that equal scopes are equal texts. */
export const toWireScope = (scope: Scope): WireScope => {
  const wire: WireScope = {}
  for (const dimension of DIMENSIONS.toSorted(byWireName)) {
    const values = [...new Set(scope[dimension] ?? [])].sort()
    if (values.length > 0) wire[WIRE_NAME[dimension]] = values
  }
  return wire
}

const byWireName = (left: Dimension, right: Dimension) =>
  WIRE_NAME[left] < WIRE_NAME[right] ? -1 : 1

/** Reads the stored form. */
export const readScope = (wire: unknown): Scope => {
  const scope: Scope = {}
  if (wire === null || typeof wire !== 'object') return scope
  const values = wire as Record<string, unknown>
  for (const dimension of DIMENSIONS) {
    const listed = values[WIRE_NAME[dimension]]
    if (Array.isArray(listed) && listed.length > 0)
      scope[dimension] = listed.filter(each => typeof each === 'string')
  }
  return scope
}

/** The same text for scopes that admit the same places: tags compare without letter case. */
export const scopeKey = (scope: Scope): string =>
  JSON.stringify(
    toWireScope({
      ...scope,
      ...(scope.role && { role: scope.role.map(tag => tag.toLowerCase()) }),
    }),
  )

export const isUnscoped = (scope: Scope): boolean =>
  DIMENSIONS.every(dimension => !scope[dimension]?.length)
