-- holds_key: 0 freed while the task waits for a person, 1 held, 2 wanted back.
CREATE INDEX tasks_wanting ON tasks (concurrency_key, priority DESC, number)
  WHERE state IN ('Executing', 'Cancelling') AND holds_key = 2;
-- What runs but has not been heard of for a while.
CREATE INDEX tasks_under_way ON tasks (updated_at) WHERE state IN ('Executing', 'Cancelling');
