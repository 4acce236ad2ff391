-- A deployment's own task and cell, and the live tasks of one concurrency key, however many have ended.
CREATE INDEX tasks_by_deployment ON tasks (deployment_id);
CREATE INDEX dashboard_by_deployment ON dashboard (deployment_id);
CREATE INDEX tasks_live ON tasks (concurrency_key, number)
  WHERE state IN ('Queued', 'Executing', 'Cancelling');
