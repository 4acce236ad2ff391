import type { LifecycleRow } from './store.ts'

/** What keeps releases and files: until told otherwise, everything. */
export const KEEP_FOREVER = {
  Unit: 'Items',
  QuantityToKeep: 0,
  ShouldKeepForever: true,
  Strategy: 'Forever',
}

export const lifecycleResource = (row: LifecycleRow, phases: unknown = row.phases) => {
  const self = `/api/${row.spaceId}/lifecycles/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    Slug: row.slug,
    Description: row.description,
    Phases: phases,
    ReleaseRetentionPolicy: KEEP_FOREVER,
    TentacleRetentionPolicy: KEEP_FOREVER,
    ...(row.settings as object),
    Links: { Self: self, Preview: `${self}/preview`, Projects: `${self}/projects` },
  }
}
