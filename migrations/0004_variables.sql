CREATE TABLE variable_sets (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  owner_id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE variables (
  id TEXT PRIMARY KEY,
  set_id TEXT NOT NULL REFERENCES variable_sets (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  -- Plain text, or for a sensitive one the sealed value; null: no value.
  value TEXT,
  is_sensitive INTEGER NOT NULL DEFAULT 0,
  type TEXT NOT NULL DEFAULT 'String',
  description TEXT NOT NULL DEFAULT '',
  -- {"Environment":["Environments-1"],"Role":["web"],…}, keys and values sorted.
  scope TEXT NOT NULL DEFAULT '{}',
  prompt TEXT
) STRICT;
CREATE INDEX variables_by_set ON variables (set_id, position);
CREATE INDEX variables_by_name ON variables (set_id, name);

CREATE TABLE library_variable_sets (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL DEFAULT '',
  UNIQUE (space_id, name)
) STRICT;

-- What a release froze: content-addressed, so unchanged sets cost nothing. Sensitive values stay sealed.
CREATE TABLE variable_snapshots (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  owner_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  document TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (owner_id, digest)
) STRICT;
