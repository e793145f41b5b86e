-- Step 8: urgent messages (M10).
ALTER TABLE entries ADD COLUMN urgent TEXT;  -- of an urgent message: its reason, empty if it is not known; of an edit: the reason in it
CREATE INDEX entries_urgent ON entries (conversation, number) WHERE urgent IS NOT NULL AND message IS NOT NULL;
