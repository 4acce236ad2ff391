import type { TestServer } from '../../support/server.ts'

/** A release of the project Shop that took these packages, as a row: releases stand above packages. */
export const releaseOf = async (
  { rows }: Pick<TestServer, 'rows'>,
  selected: { PackageId: string; Version: string; Sha256?: string }[],
): Promise<void> => {
  await rows(
    `INSERT OR IGNORE INTO project_groups (id, space_id, name, slug) VALUES ('ProjectGroups-9', 'Spaces-1', 'Shops', 'shops')`,
  )
  await rows(
    `INSERT OR IGNORE INTO lifecycles (id, space_id, name, slug, created_at) VALUES ('Lifecycles-9', 'Spaces-1', 'Lanes', 'lanes', 0)`,
  )
  await rows(
    `INSERT OR IGNORE INTO projects (id, space_id, project_group_id, lifecycle_id, name, slug, created_at)
     VALUES ('Projects-9', 'Spaces-1', 'ProjectGroups-9', 'Lifecycles-9', 'Shop', 'shop', 0)`,
  )
  await rows(
    `INSERT OR IGNORE INTO channels (id, space_id, project_id, name, slug) VALUES ('Channels-9', 'Spaces-1', 'Projects-9', 'Default', 'default')`,
  )
  await rows(
    `INSERT OR IGNORE INTO process_snapshots (id, space_id, owner_id, version, digest, steps, created_at)
     VALUES ('ps-9', 'Spaces-1', 'Projects-9', 1, 'd', '[]', 0)`,
  )
  const [{ n = 0 } = {}] = await rows('SELECT count(*) + 1 AS n FROM releases')
  await rows(
    `INSERT OR IGNORE INTO variable_snapshots (id, space_id, owner_id, digest, document, created_at)
     VALUES ('vs-9', 'Spaces-1', 'Projects-9', 'd', '[]', 0)`,
  )
  await rows(
    `INSERT INTO releases (id, space_id, project_id, channel_id, version, assembled_at, assembled_by,
       process_snapshot_id, variable_snapshot_id, selected_packages, sequence)
     VALUES (?, 'Spaces-1', 'Projects-9', 'Channels-9', ?, 0, 'Ada', 'ps-9', 'vs-9', ?, ?)`,
    `Releases-${n}`,
    `${n}.0.0`,
    JSON.stringify(selected),
    Number(n),
  )
}
