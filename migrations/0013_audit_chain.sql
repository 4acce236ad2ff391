-- The audit record becomes a chain that cannot be altered unseen. Rows number themselves as they are
-- committed, so that a number that is missing was taken away: a transaction that fails takes none.

CREATE TABLE numbered_events (
  sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
  id TEXT GENERATED ALWAYS AS ('Events-' || sequence) VIRTUAL,
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
  address TEXT NOT NULL DEFAULT '',
  -- Makes each row another, so that none can be put down twice.
  nonce TEXT NOT NULL UNIQUE,
  -- HMAC of all of the above but the number; empty in rows older than this migration.
  mac TEXT NOT NULL
) STRICT;
INSERT INTO numbered_events (sequence, space_id, occurred_at, user_id, username, category, message,
    document_ids, details, established_with, user_agent, address, nonce, mac)
  SELECT sequence, space_id, occurred_at, user_id, username, category, message,
    document_ids, details, established_with, user_agent, address, 'Events-' || sequence, ''
  FROM events ORDER BY sequence;
DROP TABLE events;
ALTER TABLE numbered_events RENAME TO events;
CREATE INDEX events_by_space ON events (space_id, sequence);
DELETE FROM counters WHERE prefix = 'Events';

-- h(n) = HMAC(key, h(n-1), n, row n), written soon after the row itself.
CREATE TABLE audit_seals (
  sequence INTEGER PRIMARY KEY,
  hash TEXT NOT NULL
) STRICT;

-- Which seals the object store has a copy of, so that an idle server need not ask it.
CREATE TABLE audit_anchors (
  sequence INTEGER PRIMARY KEY,
  anchored_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
-- REPLACE deletes without a DELETE trigger, so the place of another is refused here.
CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN (NEW.sequence > 0 AND NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM events), 0))
  OR EXISTS (SELECT 1 FROM events WHERE nonce = NEW.nonce)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_found AFTER INSERT ON events BEGIN
  INSERT INTO event_documents (document_id, event_sequence)
    SELECT DISTINCT value, NEW.sequence FROM json_each(NEW.document_ids);
END;
CREATE TRIGGER event_documents_stay BEFORE UPDATE ON event_documents BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_documents_remain BEFORE DELETE ON event_documents BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER audit_seals_stay BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER audit_seals_remain BEFORE DELETE ON audit_seals BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER audit_seals_follow BEFORE INSERT ON audit_seals
WHEN EXISTS (SELECT 1 FROM audit_seals WHERE sequence >= NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'sealed already'); END;
