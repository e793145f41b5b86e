-- When a job was asked for while a worker had it, or while it waited after a failure; absent if it was not.
ALTER TABLE jobs ADD COLUMN wanted INTEGER;
-- The code of its last failure, for the operator.
ALTER TABLE jobs ADD COLUMN fault TEXT;
-- Counts its failures since it last succeeded. A lease that was lost is none.
ALTER TABLE jobs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
-- 0 while it waits for its moment, 1 while a worker has it, 2 while it waits after a failure.
ALTER TABLE jobs ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET held = 1 WHERE attempt > 0;
DROP INDEX jobs_by_due;
CREATE INDEX jobs_by_kind ON jobs (kind, due);
