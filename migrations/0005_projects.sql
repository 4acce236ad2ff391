CREATE TABLE lifecycles (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  -- Phases and retention in the API's own form.
  phases TEXT NOT NULL DEFAULT '[]',
  settings TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  UNIQUE (space_id, name)
) STRICT;

CREATE TABLE project_groups (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  UNIQUE (space_id, name)
) STRICT;

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  project_group_id TEXT NOT NULL REFERENCES project_groups (id),
  lifecycle_id TEXT NOT NULL REFERENCES lifecycles (id),
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_disabled INTEGER NOT NULL DEFAULT 0,
  -- The rest of the resource as clients sent it, unknown keys included.
  settings TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  UNIQUE (space_id, name),
  UNIQUE (space_id, slug)
) STRICT;
CREATE INDEX projects_by_group ON projects (project_group_id);
CREATE INDEX projects_by_lifecycle ON projects (lifecycle_id);

-- A deployment process: id deploymentprocess-Projects-1, owner Projects-1.
CREATE TABLE processes (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  owner_id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL DEFAULT 0,
  steps TEXT NOT NULL DEFAULT '[]',
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE process_snapshots (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  owner_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  steps TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (owner_id, digest)
) STRICT;

CREATE TABLE channels (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  lifecycle_id TEXT REFERENCES lifecycles (id),
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_default INTEGER NOT NULL DEFAULT 0,
  rules TEXT NOT NULL DEFAULT '[]',
  settings TEXT NOT NULL DEFAULT '{}',
  UNIQUE (project_id, name)
) STRICT;
CREATE UNIQUE INDEX one_default_channel ON channels (project_id) WHERE is_default = 1;
