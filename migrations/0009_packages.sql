-- A package that arrives in parts, each a request of its own, and may be taken up again after a break.
CREATE TABLE package_uploads (
  -- PackageUploads- and a random text: only who began one knows it.
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  part_bytes INTEGER NOT NULL,
  -- As the sender says; empty when he does not.
  sha256 TEXT NOT NULL DEFAULT '',
  overwrite_mode TEXT NOT NULL,
  -- Of the object store's own multipart upload.
  storage_key TEXT NOT NULL,
  storage_upload_id TEXT NOT NULL,
  touched_at INTEGER NOT NULL,
  -- Of the package it became.
  package_id TEXT
) STRICT;
CREATE INDEX package_uploads_by_age ON package_uploads (touched_at);
CREATE INDEX package_uploads_open ON package_uploads (space_id) WHERE package_id IS NULL;

CREATE TABLE package_upload_parts (
  upload_id TEXT NOT NULL REFERENCES package_uploads (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  etag TEXT NOT NULL,
  PRIMARY KEY (upload_id, number)
) STRICT;

-- How far a sweep through the object store has come; it goes on there next time.
CREATE TABLE sweeps (
  name TEXT PRIMARY KEY,
  position TEXT NOT NULL DEFAULT '',
  swept_at INTEGER NOT NULL
) STRICT;
