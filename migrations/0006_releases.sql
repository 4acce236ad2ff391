CREATE TABLE releases (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  channel_id TEXT NOT NULL REFERENCES channels (id),
  version TEXT NOT NULL COLLATE NOCASE,
  notes TEXT NOT NULL DEFAULT '',
  assembled_at INTEGER NOT NULL,
  assembled_by TEXT NOT NULL,
  process_snapshot_id TEXT NOT NULL REFERENCES process_snapshots (id),
  variable_snapshot_id TEXT NOT NULL REFERENCES variable_snapshots (id),
  library_snapshot_ids TEXT NOT NULL DEFAULT '[]',
  -- [{"ActionName","PackageReferenceName","PackageId","Version","Sha256","Extension","SizeBytes"}]
  selected_packages TEXT NOT NULL DEFAULT '[]',
  settings TEXT NOT NULL DEFAULT '{}',
  -- Ascends with each release of the project: newest first without comparing version texts.
  sequence INTEGER NOT NULL,
  UNIQUE (project_id, version)
) STRICT;
CREATE INDEX releases_by_project ON releases (project_id, sequence DESC);
CREATE INDEX releases_by_channel ON releases (channel_id, sequence DESC);

CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  number INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Where the next writer stands: an older report of the same task changes nothing.
  state_sequence INTEGER NOT NULL DEFAULT 0,
  concurrency_key TEXT NOT NULL,
  project_id TEXT,
  environment_id TEXT,
  deployment_id TEXT,
  queued_at INTEGER NOT NULL,
  eligible_at INTEGER NOT NULL,
  expires_at INTEGER,
  started_at INTEGER,
  completed_at INTEGER,
  updated_at INTEGER NOT NULL,
  error_message TEXT NOT NULL DEFAULT '',
  has_warnings INTEGER NOT NULL DEFAULT 0,
  queued_by TEXT NOT NULL,
  arguments TEXT NOT NULL DEFAULT '{}',
  -- Object-store key of the sealed log, once it is sealed.
  log_key TEXT
) STRICT;
CREATE UNIQUE INDEX one_running ON tasks (concurrency_key) WHERE state IN ('Executing', 'Cancelling');
CREATE INDEX tasks_waiting ON tasks (concurrency_key, number) WHERE state = 'Queued';
CREATE INDEX tasks_by_space ON tasks (space_id, number DESC);
CREATE INDEX tasks_by_state ON tasks (space_id, state, number DESC);
CREATE INDEX tasks_by_project ON tasks (project_id, number DESC);

CREATE TABLE deployments (
  id TEXT PRIMARY KEY,
  space_id TEXT NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  number INTEGER NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  release_id TEXT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  channel_id TEXT NOT NULL,
  environment_id TEXT NOT NULL REFERENCES environments (id),
  task_id TEXT NOT NULL UNIQUE REFERENCES tasks (id),
  name TEXT NOT NULL,
  comments TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  deployed_by TEXT NOT NULL,
  deployed_by_id TEXT,
  -- {skipActionIds, specificMachineIds, excludedMachineIds, formValues, guidedFailure, forcePackageRedeployment, …}
  request TEXT NOT NULL DEFAULT '{}',
  variable_snapshot_id TEXT NOT NULL
) STRICT;
CREATE INDEX deployments_by_project ON deployments (project_id, number DESC);
CREATE INDEX deployments_by_release ON deployments (release_id, number DESC);
CREATE INDEX deployments_by_environment ON deployments (environment_id, number DESC);
CREATE INDEX deployments_by_space ON deployments (space_id, number DESC);

-- One row per project and environment: what the dashboard shows, written with the task's transition.
CREATE TABLE dashboard (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
  space_id TEXT NOT NULL,
  deployment_id TEXT NOT NULL,
  release_id TEXT NOT NULL,
  release_version TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  state TEXT NOT NULL,
  has_warnings INTEGER NOT NULL DEFAULT 0,
  error_message TEXT NOT NULL DEFAULT '',
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  completed_at INTEGER,
  -- The newest successful deployment here, kept while a later one failed or runs.
  success_deployment_id TEXT,
  success_release_id TEXT,
  success_version TEXT,
  success_at INTEGER,
  PRIMARY KEY (project_id, environment_id)
) STRICT;
CREATE INDEX dashboard_by_space ON dashboard (space_id);

CREATE TABLE outbox_positions (
  deployment_id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL
) STRICT;
