-- The worker that enrols with this token becomes the installation's built-in one (workers.is_shared).
ALTER TABLE enrolment_tokens ADD COLUMN shared_worker INTEGER NOT NULL DEFAULT 0;
