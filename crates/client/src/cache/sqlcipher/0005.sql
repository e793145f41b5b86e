-- Step 5: what the server's scanner said of a file that was sent from here.
ALTER TABLE files ADD COLUMN after_sent INTEGER NOT NULL DEFAULT 0;  -- 0 nothing to do, 1 to be asked, 2 refused, to be acknowledged by the user
CREATE INDEX files_asking ON files (not_before, id) WHERE after_sent = 1;
CREATE INDEX files_refused ON files (not_before, id) WHERE after_sent = 2;
