-- Who may do what, in which space; ids; the audit record. Instants are epoch milliseconds.

CREATE TABLE counters (
  prefix TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT;

-- A row here makes the transaction it stands in fail unless its condition held (see database/guard.ts).
CREATE TABLE guards (ok INTEGER NOT NULL) STRICT;
CREATE TRIGGER guards_decide BEFORE INSERT ON guards BEGIN
  SELECT CASE WHEN NEW.ok = 1 THEN RAISE(IGNORE) ELSE RAISE(ABORT, 'guard failed') END;
END;

CREATE TABLE spaces (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  is_default INTEGER NOT NULL DEFAULT 0,
  task_queue_stopped INTEGER NOT NULL DEFAULT 0,
  -- The space's data key, wrapped by the master key; secrets of the space are sealed with it.
  data_key TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_default_space ON spaces (is_default) WHERE is_default = 1;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL COLLATE NOCASE UNIQUE,
  display_name TEXT NOT NULL,
  email TEXT NOT NULL DEFAULT '',
  is_active INTEGER NOT NULL DEFAULT 1,
  is_service INTEGER NOT NULL DEFAULT 0,
  -- scrypt$N=…,r=…,p=…$salt$hash; null: no local sign-in.
  password_hash TEXT,
  -- Tokens and sessions issued before this instant are refused.
  valid_after INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id);

CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf_token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE sign_in_links (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE sign_in_attempts (
  subject TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_attempts_by_subject ON sign_in_attempts (subject, at);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  public_jwk TEXT NOT NULL,
  -- The private JWK, sealed with the master key.
  private_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;

CREATE TABLE teams (
  id TEXT PRIMARY KEY,
  space_id TEXT REFERENCES spaces (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  is_built_in INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE team_members (
  team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (team_id, user_id)
) STRICT;
CREATE INDEX team_members_by_user ON team_members (user_id);

-- A team holds a role in a space (null: the whole system), narrowed by lists; an empty list is no limit.
CREATE TABLE role_grants (
  id TEXT PRIMARY KEY,
  team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  role_id TEXT NOT NULL,
  space_id TEXT REFERENCES spaces (id) ON DELETE CASCADE,
  project_ids TEXT NOT NULL DEFAULT '[]',
  environment_ids TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX role_grants_by_team ON role_grants (team_id);

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  space_id TEXT,
  occurred_at INTEGER NOT NULL,
  user_id TEXT,
  username TEXT NOT NULL,
  category TEXT NOT NULL,
  message TEXT NOT NULL,
  document_ids TEXT NOT NULL DEFAULT '[]',
  details TEXT NOT NULL DEFAULT '{}',
  established_with TEXT NOT NULL,
  user_agent TEXT NOT NULL DEFAULT '',
  address TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX events_by_space ON events (space_id, sequence);
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TABLE event_documents (
  document_id TEXT NOT NULL,
  event_sequence INTEGER NOT NULL,
  PRIMARY KEY (document_id, event_sequence)
) STRICT, WITHOUT ROWID;
