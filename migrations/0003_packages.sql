-- The built-in repository. Bytes are in the object store under sha256/<digest>.
CREATE TABLE packages (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  package_id TEXT NOT NULL COLLATE NOCASE,
  version TEXT NOT NULL,
  -- The version in its format's normal form: two spellings of one version are one package.
  normalized_version TEXT NOT NULL COLLATE NOCASE,
  -- Sorts as the version does, as text; made by packages/version-order.ts.
  version_order TEXT NOT NULL,
  is_prerelease INTEGER NOT NULL,
  extension TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  sha1 TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  release_notes TEXT NOT NULL DEFAULT '',
  published_at INTEGER NOT NULL,
  published_by TEXT NOT NULL,
  UNIQUE (space_id, package_id, normalized_version)
) STRICT;
CREATE INDEX packages_by_order ON packages (space_id, package_id, version_order DESC);
CREATE INDEX packages_by_digest ON packages (sha256);
CREATE INDEX packages_by_publication ON packages (space_id, published_at DESC);

CREATE TABLE build_information (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  package_id TEXT NOT NULL COLLATE NOCASE,
  version TEXT NOT NULL,
  normalized_version TEXT NOT NULL COLLATE NOCASE,
  document TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (space_id, package_id, normalized_version)
) STRICT;

CREATE TABLE feeds (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  feed_type TEXT NOT NULL,
  feed_uri TEXT NOT NULL DEFAULT '',
  settings TEXT NOT NULL DEFAULT '{}',
  UNIQUE (space_id, name)
) STRICT;
