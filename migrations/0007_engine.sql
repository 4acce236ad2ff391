-- Later priorities stand before earlier ones in the queue; a task that waits for a person may let
-- others with its key run meanwhile.
ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN holds_key INTEGER NOT NULL DEFAULT 1;
-- What the deployment made of how it ended: succeeded, handled, failed, aborted, timed-out, unknown, canceled.
ALTER TABLE tasks ADD COLUMN conclusion TEXT NOT NULL DEFAULT '';
-- Why it does not go on, in words; empty while it does.
ALTER TABLE tasks ADD COLUMN waiting_for TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN pending_interruptions INTEGER NOT NULL DEFAULT 0;
DROP INDEX one_running;
CREATE UNIQUE INDEX one_running ON tasks (concurrency_key)
  WHERE state IN ('Executing', 'Cancelling') AND holds_key = 1;
DROP INDEX tasks_waiting;
CREATE INDEX tasks_waiting ON tasks (concurrency_key, priority DESC, number) WHERE state = 'Queued';
CREATE INDEX tasks_needing_people ON tasks (space_id, number DESC) WHERE pending_interruptions > 0;

-- The failed deployment that this one goes on from.
ALTER TABLE deployments ADD COLUMN resumed_from TEXT;

-- A question that a running deployment asks people: what to do about a failure, whether to go on.
CREATE TABLE interruptions (
  -- Interruptions-12-1: the first of Deployments-12.
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  -- guided-failure, manual, unknown
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  -- Markdown, already evaluated.
  instructions TEXT NOT NULL DEFAULT '',
  step_name TEXT NOT NULL,
  place_name TEXT NOT NULL DEFAULT '',
  choices TEXT NOT NULL,
  responsible_team_ids TEXT NOT NULL DEFAULT '[]',
  responsible_user_id TEXT,
  responsible_user_name TEXT,
  -- Pending, Submitted, Canceled
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  answer TEXT,
  notes TEXT NOT NULL DEFAULT '',
  answered_by_id TEXT,
  answered_by_name TEXT
) STRICT;
CREATE INDEX interruptions_by_deployment ON interruptions (deployment_id, id);
CREATE INDEX interruptions_pending ON interruptions (space_id, created_at DESC) WHERE state = 'Pending';

-- One accepted creation is one entity: the same key again gets the first answer.
CREATE TABLE idempotency_keys (
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  -- SHA-256 of method, path and body, lower-case hex.
  digest TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (space_id, user_id, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Files that steps handed in.
CREATE TABLE artifacts (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  number INTEGER NOT NULL UNIQUE,
  deployment_id TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  attempt TEXT NOT NULL,
  step_name TEXT NOT NULL,
  place_name TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  -- Where its bytes lie in the object store.
  storage_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (attempt, name)
) STRICT;
CREATE INDEX artifacts_by_deployment ON artifacts (deployment_id, number);
