-- Why a session ended; absent while it stands, and of sessions that ended before.
ALTER TABLE sessions ADD COLUMN end_reason TEXT;
