CREATE TABLE environments (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  sort_order INTEGER NOT NULL,
  use_guided_failure INTEGER NOT NULL DEFAULT 0,
  allow_dynamic_infrastructure INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  UNIQUE (space_id, name),
  UNIQUE (space_id, slug)
) STRICT;

CREATE TABLE machine_policies (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  is_default INTEGER NOT NULL DEFAULT 0,
  settings TEXT NOT NULL DEFAULT '{}',
  UNIQUE (space_id, name)
) STRICT;

CREATE TABLE worker_pools (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_default INTEGER NOT NULL DEFAULT 0,
  sort_order INTEGER NOT NULL,
  UNIQUE (space_id, name)
) STRICT;

-- The process on a machine: its key, and what it last said of itself.
CREATE TABLE runners (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  last_session_at INTEGER,
  last_seen_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX runners_by_space ON runners (space_id);

CREATE TABLE enrolment_tokens (
  token_hash TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT,
  environment_ids TEXT NOT NULL,
  tags TEXT NOT NULL,
  worker_pool_ids TEXT NOT NULL,
  -- The worker it makes also serves spaces that have none of their own.
  shared_worker INTEGER NOT NULL DEFAULT 0,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  runner_id TEXT
) STRICT;

-- Deployment targets; the API calls them machines and their tags roles.
CREATE TABLE targets (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  runner_id TEXT REFERENCES runners (id),
  machine_policy_id TEXT,
  is_disabled INTEGER NOT NULL DEFAULT 0,
  health_status TEXT NOT NULL DEFAULT 'Unknown',
  status_summary TEXT NOT NULL DEFAULT '',
  tenanted_participation TEXT NOT NULL DEFAULT 'Untenanted',
  created_at INTEGER NOT NULL,
  UNIQUE (space_id, name)
) STRICT;
CREATE INDEX targets_by_runner ON targets (runner_id);

CREATE TABLE target_environments (
  target_id TEXT NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
  environment_id TEXT NOT NULL REFERENCES environments (id),
  PRIMARY KEY (target_id, environment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX targets_by_environment ON target_environments (environment_id, target_id);

CREATE TABLE target_tags (
  target_id TEXT NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
  tag TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (target_id, tag)
) STRICT, WITHOUT ROWID;

-- Members of worker pools: runners that carry out steps on the server's behalf. A shared one is the
-- installation's built-in worker: it also serves the default pools of spaces without a worker.
CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  runner_id TEXT REFERENCES runners (id),
  is_disabled INTEGER NOT NULL DEFAULT 0,
  is_shared INTEGER NOT NULL DEFAULT 0,
  health_status TEXT NOT NULL DEFAULT 'Unknown',
  status_summary TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  UNIQUE (space_id, name)
) STRICT;
CREATE INDEX workers_by_runner ON workers (runner_id);

CREATE TABLE worker_pool_members (
  pool_id TEXT NOT NULL REFERENCES worker_pools (id) ON DELETE CASCADE,
  worker_id TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
  PRIMARY KEY (pool_id, worker_id)
) STRICT, WITHOUT ROWID;
