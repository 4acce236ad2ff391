-- Changed with each change of the row: what a form was filled in against.
ALTER TABLE variables ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- Counts the secrets that this value has had; part of what the sealed text is bound to. 0: sealed
-- before there was a count.
ALTER TABLE variables ADD COLUMN value_version INTEGER NOT NULL DEFAULT 0;
-- The name in lower case, by the rules of the language that compares names everywhere else.
ALTER TABLE variables ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE variables SET name_key = lower(name);
DROP INDEX variables_by_name;
CREATE INDEX variables_by_key ON variables (set_id, name_key, position);

-- Variables, or ScriptModule: a set that holds one script.
ALTER TABLE library_variable_sets ADD COLUMN content_type TEXT NOT NULL DEFAULT 'Variables';
