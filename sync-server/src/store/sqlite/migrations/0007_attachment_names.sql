-- The name that a file was uploaded under, sealed under its key; and whether its scanner has still to answer.
ALTER TABLE attachments ADD COLUMN name BLOB NOT NULL DEFAULT x'';
ALTER TABLE attachments ADD COLUMN unchecked INTEGER NOT NULL DEFAULT 0;

-- What a person uploaded lately, named or not.
CREATE INDEX attachments_by_person ON attachments (person, begun_at, size);

-- Whole files that were not scanned yet.
CREATE INDEX attachments_unchecked ON attachments (begun_at) WHERE unchecked = 1;
