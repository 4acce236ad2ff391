-- A runner that wants the place of another waits until somebody has approved it.
ALTER TABLE runners ADD COLUMN pending_target_id TEXT REFERENCES targets (id) ON DELETE SET NULL;
-- Two machines were found to use its key: neither is given work until somebody has looked.
ALTER TABLE runners ADD COLUMN quarantined_at INTEGER;
ALTER TABLE runners ADD COLUMN quarantine_reason TEXT NOT NULL DEFAULT '';
CREATE INDEX runners_pending ON runners (pending_target_id) WHERE pending_target_id IS NOT NULL;
-- Whoever enrols with it takes the place of the runner that has its name, at once.
ALTER TABLE enrolment_tokens ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;
